import { createProducts } from '../annotations/products.ts';
import { createTemplates } from '../annotations/templates.ts';
import { createTestAuth, type TestAuth } from '../auth/auth.testing.ts';
import type { DeleteImages } from './delete-images.ts';
import { createImageSets, type ImageSets } from './image-sets.ts';
import { createMembers, type Members } from './members.ts';
import { createProjects, type Projects } from './projects.ts';
import { createProvision } from './provision.ts';
import { createTeams, type Teams } from './teams.ts';

export interface TestProjects {
  readonly auth: TestAuth;
  readonly teams: Teams;
  readonly projects: Projects;
  readonly members: Members;
  readonly imageSets: ImageSets;
  readonly provision: ReturnType<typeof createProvision>;
  /** What was asked of the images service and of the plugins, in order. */
  readonly calls: string[];
  /** Runs once, the next time images are deleted. */
  whileDeleting(work: () => Promise<unknown>): void;
}

/** The projects module over a real database; in place of the images service rows are deleted. */
export async function createTestProjects(): Promise<TestProjects> {
  const auth = await createTestAuth();
  const { services, changes } = auth;
  const calls: string[] = [];
  let interlude: (() => Promise<unknown>) | undefined;
  const deleteImages: DeleteImages = async (imageIds) => {
    calls.push(`delete ${imageIds.length} images`);
    await interlude?.();
    interlude = undefined;
    await services.database.sql.query('delete from core.image where id = any($1::integer[])', [imageIds]);
  };
  const projects = createProjects(services, {
    changes,
    pluginPermissions: () => new Map([['eiph:score', ['verifier']]]),
    deleteImages,
  });
  const members = createMembers(services, changes);
  const countAnnotations = async (_: unknown, __: number, ids: readonly number[]) =>
    new Map(ids.map((id) => [id, id * 10]));
  const imageSets = createImageSets(services, { changes, deleteImages, countAnnotations });
  return {
    ...{ auth, projects, members, imageSets, calls },
    teams: createTeams(services, changes),
    provision: createProvision(services, {
      ...{ changes, projects, members, imageSets },
      products: createProducts(services, changes),
      templates: createTemplates(services, changes),
      enablePlugin: async (projectId, plugin) => void calls.push(`enable ${plugin} in ${projectId}`),
    }),
    whileDeleting(work) {
      interlude = work;
    },
  };
}
