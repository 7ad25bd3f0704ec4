import { encodeGeometry } from '@exact/geometry';
import { PROJECT_ROLES, type ProjectRole } from '@exact/sdk/contract';
import { uuidMarkOf } from '../../core/src/annotations/uuid-mark.ts';
import { beginScreening } from './screenings.ts';
import { beginStudy } from './studies.ts';
import type { Lane, LaneRole, World } from './worlds.ts';

/**
 * What goes on most in a project: `study` has a running one with an open phase, in `files` people import, upload and look at files. Five,
 * so that each comes with each role of the reader.
 */
const THEMES = ['plain', 'study', 'files', 'study', 'plain'] as const;
export type Theme = (typeof THEMES)[number];

/** The same project in both worlds, in which scripts are played. All ids are chosen, so that they are equal. */
export interface Story {
  readonly theme: Theme;
  /** Of the study that is running, in stories of that theme. */
  readonly studyId?: string;
  /** Of the plan by which all readers screen. */
  readonly screeningId: string;
  readonly lane: number;
  readonly teamId: number;
  readonly projectId: number;
  readonly imageSetIds: readonly number[];
  readonly imageIds: readonly number[];
  readonly productId: number;
  readonly templateIds: readonly number[];
  readonly layerIds: readonly number[];
  /** In a layer that readers see, and in one that they do not. */
  readonly shown: readonly string[];
  readonly hidden: readonly string[];
  readonly readerRole: ProjectRole;
  readonly people: Readonly<
    Record<LaneRole, { readonly userId: number; readonly username: string; readonly mark: string }>
  >;
  readonly foreign: World['foreign'];
  readonly plugins: readonly string[];
}

const LONG_AGO = '2026-01-01T00:00:00.000Z';
const BLIND_ROLES = PROJECT_ROLES.filter((role) => role !== 'manager');
/** Stories lie far behind the ids that the database gives by itself. */
const FIRST_ID = 1_000_000;
const IDS_EACH = 20;

/** A UUID that only depends on its arguments. */
export const chosenUuid = (project: number, n: number, mark = '00000000'): string =>
  `0199${String(n % 10_000).padStart(4, '0')}-0000-7000-8000-${String(project % 10_000).padStart(4, '0')}${mark}`;

export function describeStory(number: number, lane: number, world: World): Story {
  const id = FIRST_ID + number * IDS_EACH;
  const some = (count: number): number[] => Array.from({ length: count }, (_, i) => id + i);
  const people = Object.fromEntries(
    Object.entries(world.lanes[lane] as Lane).map(
      ([
        role,
        {
          principal: { userId, username },
        },
      ]) => [role, { userId, username, mark: uuidMarkOf(userId) }],
    ),
  ) as Story['people'];
  const rows = (from: number): string[] => [0, 1, 2].map((n) => chosenUuid(number, 9000 + from + n));
  const theme = THEMES[number % THEMES.length] as Theme;
  return {
    theme,
    ...(theme === 'study' ? { studyId: chosenUuid(number, 9900) } : {}),
    screeningId: chosenUuid(number, 9901),
    lane,
    teamId: world.teamId,
    projectId: id,
    imageSetIds: some(2),
    imageIds: some(3),
    productId: id,
    templateIds: some(3),
    layerIds: some(2),
    shown: rows(0),
    hidden: rows(10),
    readerRole: BLIND_ROLES[number % BLIND_ROLES.length] as ProjectRole,
    people,
    foreign: world.foreign,
    plugins: world.plugins,
  };
}

/** Names of classes from which plugins guess what scores count. */
const SCORED = ['neutrophil', 'lymphocyte', 'mitosis'];

/** Makes the project of a story in one world. */
export async function beginStory(world: World, story: Story): Promise<void> {
  const { sql } = world.kernel.platform.database;
  const { projectId, people } = story;
  await sql.query(
    `insert into core.project (id, team_id, name, collaboration, created_at) overriding system value values ($1, $2, $3, 'blind', $4)`,
    [projectId, story.teamId, `Story ${projectId}`, LONG_AGO],
  );
  const roles = { reader: story.readerRole, annotator: 'annotator', verifier: 'verifier', manager: 'manager' } as const;
  for (const [role, person] of Object.entries(people))
    await sql.query('insert into core.project_member (project_id, user_id, role) values ($1, $2, $3)', [
      projectId,
      person.userId,
      roles[role as LaneRole],
    ]);
  for (const [n, id] of story.imageSetIds.entries())
    await sql.query(
      `insert into core.image_set (id, project_id, name, tags, position, created_at) overriding system value values ($1, $2, $3, $4, $5, $6)`,
      [id, projectId, `Set ${n}`, n === 0 ? ['he'] : [], n, LONG_AGO],
    );
  for (const [n, id] of story.imageIds.entries())
    await sql.query(
      `insert into core.image (id, image_set_id, public_name, private_name, state, original_key, pixel_key, width, height, levels, planes,
         vendor, size_bytes, sha256, content_version, tags, position, created_by, created_at, mpp_x, mpp_y)
       overriding system value
       select $1, $2, $3, 'private', state, original_key, pixel_key, width, height, levels, planes, vendor, size_bytes, sha256,
         'made', $4, $5, $6, $7, 50, 50 from core.image where id = $8`,
      [
        ...[id, story.imageSetIds[n === 2 ? 1 : 0], `image-${id}`, n === 0 ? ['he'] : [], n],
        ...[people.manager.userId, LONG_AGO, world.pixelsOf],
      ],
    );
  await sql.query('insert into core.product (id, team_id, name) overriding system value values ($1, $2, $3)', [
    story.productId,
    story.teamId,
    `Product ${projectId}`,
  ]);
  await sql.query('insert into core.project_product (project_id, product_id) values ($1, $2)', [
    projectId,
    story.productId,
  ]);
  for (const [n, id] of story.templateIds.entries())
    await sql.query(
      `insert into core.template (id, product_id, name, colour, kind) overriding system value values ($1, $2, $3, '#336699', $4)`,
      [id, story.productId, `Class ${n}, ${SCORED[n]}`, ['point', 'box', 'polygon'][n]],
    );
  for (const [n, id] of story.layerIds.entries())
    await sql.query(
      `insert into core.annotation_layer (id, project_id, name, purpose, shown, created_by, created_at)
       overriding system value values ($1, $2, $3, 'precomputed', $4, $5, $6)`,
      [id, projectId, `Layer ${n}`, n === 0, people.manager.userId, LONG_AGO],
    );
  for (const [layer, uuids] of [story.shown, story.hidden].entries())
    for (const [n, uuid] of uuids.entries())
      await sql.query(
        `insert into core.annotation (uuid, image_id, template_id, author_id, editor_id, kind, box, geometry, layer_id, created_at, updated_at)
         values ($1, $2, $3, $4, $4, 0, box(point($5, 5), point($5, 5)), $6, $7, $8, $8)`,
        [
          ...[uuid, story.imageIds[n], story.templateIds[0], people.manager.userId, 10 + n],
          ...[POINT_AT[n], story.layerIds[layer], LONG_AGO],
        ],
      );
  await beginStudy(world, story);
  await beginScreening(world, story);
  for (const plugin of story.plugins) await world.kernel.enable(projectId, plugin, true);
}

/** People of a lane leave the project, so that lists of their own projects stay short. */
export async function endStory(world: World, { projectId }: Story): Promise<void> {
  await world.kernel.platform.database.sql.query('delete from core.project_member where project_id = $1', [projectId]);
  world.kernel.platform.domain.auth.notices.apply({ about: 'everything' });
}

/** Packed points at (10 + n, 5). */
const POINT_AT = [0, 1, 2].map((n) => encodeGeometry({ kind: 'point', x: 10 + n, y: 5 }));
