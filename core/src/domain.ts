import { join } from 'node:path';
import type { ProjectRole } from '@exact/sdk/contract';
import type { Principal, Slides } from '@exact/sdk/server';
import {
  annotationOperations,
  type CoreAnnotations,
  createAnnotations,
  type ResolveAccess,
} from './annotations/index.ts';
import { type AnnotationImports, createImports } from './annotations/import/imports.ts';
import { annotationImportOperations } from './annotations/import/operations.ts';
import { createProducts, type Products } from './annotations/products.ts';
import { createTemplateExamples } from './annotations/template-examples.ts';
import { templatesOperations } from './annotations/template-operations.ts';
import { createTemplates } from './annotations/templates.ts';
import { type Auth, createAuth } from './auth/auth.ts';
import { authOperations, usersOperations } from './auth/operations.ts';
import type { EventOutbox } from './db/outbox.ts';
import type { Operation } from './http/implement.ts';
import { createExampleMaker } from './images/example-image.ts';
import { createImageFiles } from './images/image-files.ts';
import { createImages, type ImageService } from './images/images.ts';
import { imagesOperations } from './images/operations.ts';
import { createUploads, type Uploads } from './images/uploads.ts';
import { createJobs, type JobProgress, type Jobs } from './jobs/jobs.ts';
import { jobsOperations } from './jobs/operations.ts';
import { createProcesses, type Processes } from './jobs/processes.ts';
import type { DeleteImages } from './projects/delete-images.ts';
import { createImageSets, type ImageSets } from './projects/image-sets.ts';
import { createMediaLinks, mediaSecret } from './media/links.ts';
import { createMedia, type MediaService } from './media/media.ts';
import { mediaOperations } from './media/operations.ts';
import type { ResolveAnnotation } from './media/plugin-service.ts';
import { serveMedia } from './media/serve.ts';
import { createMembers, type Members } from './projects/members.ts';
import { createLayers, type Layers } from './projects/layers.ts';
import { imageSetsOperations, layersOperations, projectsOperations, teamsOperations } from './projects/operations.ts';
import { createProjects, type Projects } from './projects/projects.ts';
import { createTeams } from './projects/teams.ts';
import { createProvision } from './projects/provision.ts';
import type { Services } from './services.ts';
import { auditOperations } from './settings/audit-operations.ts';
import { createDiskCache } from './slides/disk-cache.ts';
import { createPixelIndex } from './slides/pixel-index.ts';
import { readPixels } from './slides/read-pixels.ts';
import { createSlideReaders } from './slides/readers.ts';
import { createThumbnails } from './slides/thumbnail.ts';
import { createTileRoute } from './slides/tile-route.ts';
import { createTiles } from './slides/tiles.ts';
import { createFolderDriver, type FolderStorage } from './storage/folder-driver.ts';
import { sweepStorage } from './storage/sweep.ts';

/** Disk that made tiles may take: decoded JPEG 2000, DeepZoom levels, thumbnails. */
const CACHE_BYTES = 2 * 1024 ** 3;
const DAY_MS = 86_400_000;

/** The modules that own the tables everybody shares, tied together. */
export interface Domain {
  readonly auth: Auth;
  readonly projects: Projects;
  readonly imageSets: ImageSets;
  readonly layers: Layers;
  readonly members: Members;
  readonly products: Products;
  readonly images: ImageService;
  readonly imageFiles: ReturnType<typeof createImageFiles>;
  readonly annotations: CoreAnnotations;
  readonly imports: AnnotationImports;
  readonly media: MediaService;
  /** Answers signed addresses of media files, without cookies. */
  readonly serveMedia: ReturnType<typeof serveMedia>;
  readonly resolveAnnotations: ResolveAccess;
  readonly resolveAnnotation: ResolveAnnotation;
  readonly jobs: Jobs;
  readonly processes: Processes;
  readonly storage: FolderStorage;
  readonly uploads: Uploads;
  readonly provision: ReturnType<typeof createProvision>;
  readonly tileRoute: ReturnType<typeof createTileRoute>;
  readonly slides: Slides;
  readonly operations: readonly Operation[];
  /** Brings files and rows together after a crash; runs at the start and once a day, in the background. */
  sweep(): void;
  close(): Promise<void>;
}

export interface DomainOptions {
  readonly pluginPermissions: () => ReadonlyMap<string, readonly ProjectRole[]>;
  readonly enablePlugin: (projectId: number, plugin: string) => Promise<void>;
  readonly onProgress: (progress: JobProgress) => void;
}

export async function createDomain(
  given: Services & { readonly outbox: EventOutbox },
  options: DomainOptions,
): Promise<Domain> {
  const { config, database, hooks, log, outbox } = given;
  const auth = createAuth(given, { pluginPermissions: options.pluginPermissions });
  const { access, changes, seeing } = auth;
  const services = { ...given, seeing };
  await auth.notices.start();

  const storage = createFolderDriver(join(config.dataDir, 'storage'));
  const processes = createProcesses({ max: config.workers });
  const jobs = await createJobs(services, { onProgress: options.onProgress });
  const annotations = createAnnotations(services);
  const imports = createImports(services, { jobs, processes, storage });
  const mediaLinks = createMediaLinks(await mediaSecret(database.sql));
  const media = createMedia(services, { storage, processes, changes, links: mediaLinks });
  const index = createPixelIndex(database.sql);
  const readers = createSlideReaders(hooks, storage);
  const cache = createDiskCache(join(config.dataDir, 'cache'), CACHE_BYTES, log);
  const decoders = processes.warm(new URL('./slides/decoding/decode-task.ts', import.meta.url), {
    memoryMb: 1024,
    timeoutMs: 20_000,
    size: Math.min(config.workers, 4),
  });

  const countAnnotations = async (
    principal: Principal,
    projectId: number,
    by: { imageSetId?: number; imageId?: number },
  ): Promise<{ id: number; count: number }[]> =>
    annotations.count({ projectId, ...by }, 'image', {
      principal,
      projectId,
      requestId: 'count',
      signal: AbortSignal.timeout(30_000),
      log,
    });
  const projectOfSet = async (imageSetId: number): Promise<number> => {
    const [row] = await database.sql.query<{ project_id: number }>(
      'select project_id from core.image_set where id = $1',
      [imageSetId],
    );
    return row?.project_id ?? 0;
  };

  const importParts = { storage, readers, jobs };
  const images = createImages(services, {
    ...importParts,
    index,
    cache,
    // One image is counted by itself: a list of hits asks for many, one at a time.
    countAnnotations: async (principal, { imageSetId, imageIds: [first, ...others] }) =>
      countAnnotations(
        principal,
        await projectOfSet(imageSetId),
        first !== undefined && others.length === 0 ? { imageId: first } : { imageSetId },
      ),
  });
  const tiles = createTiles(services, {
    index,
    readers,
    decoders,
    cache,
    imageOf: (imageId) => images.describe(imageId),
  });
  const thumbnails = createThumbnails(tiles, cache);
  const imageFiles = createImageFiles(services, { storage, readers, index });
  const mayUpload = async (principal: Principal, imageSetId: number): Promise<{ projectId: number }> => {
    const grant = await access.resolve(
      { permission: 'images:write', in: 'imageSet' },
      { imageSetId },
      principal,
      'POST',
    );
    return { projectId: grant.projectId ?? 0 };
  };
  const uploads = createUploads(services, { ...importParts, mayUpload });

  const deleteImages: DeleteImages = async (imageIds, actor) => {
    const rows = await database.sql.query<{ image_set_id: number; ids: number[] }>(
      'select image_set_id, array_agg(id) as ids from core.image where id = any($1) group by image_set_id',
      [imageIds],
    );
    for (const { image_set_id: imageSetId, ids } of rows) {
      const principal = actor.principal ?? { userId: 0, username: 'system', isAdmin: true, via: 'system' as const };
      await images.remove({ principal, role: 'manager' }, imageSetId, ids, actor.requestId);
    }
  };
  const teams = createTeams(services, changes);
  const members = createMembers(services, changes);
  const projects = createProjects(services, { changes, pluginPermissions: options.pluginPermissions, deleteImages });
  const layers = createLayers(services, {
    changes,
    touchImages: (imageIds) => imageIds.forEach((imageId) => annotations.touch(imageId)),
  });
  const imageSets = createImageSets(services, {
    changes,
    deleteImages,
    async countAnnotations(principal, projectId, imageSetIds) {
      const entries = await Promise.all(
        imageSetIds.map(
          async (imageSetId) =>
            [imageSetId, sum(await countAnnotations(principal, projectId, { imageSetId }))] as const,
        ),
      );
      return new Map(entries);
    },
  });
  const products = createProducts(services, changes);
  const templates = createTemplates(services, changes);
  const examples = createTemplateExamples(services, { templates, makeExample: createExampleMaker(processes), storage });
  const provision = createProvision(services, {
    changes,
    projects,
    members,
    imageSets,
    products,
    templates,
    enablePlugin: options.enablePlugin,
  });

  const resolveAnnotations: ResolveAccess = async (principal, target, permission) => {
    const [scope] = Object.keys(target) as ['imageId' | 'imageSetId' | 'projectId'];
    const grant = await access.resolve(
      { permission, in: scope.slice(0, -2) as 'image' },
      target,
      principal,
      permission === 'annotations:read' ? 'GET' : 'POST',
    );
    return { projectId: grant.projectId ?? 0, role: grant.role };
  };
  const resolveAnnotation: ResolveAnnotation = async (principal, annotationUuid, permission) => {
    const method = permission === 'annotations:read' ? 'GET' : 'POST';
    const spec = { permission, in: 'annotation' } as const;
    const grant = await access.resolve(spec, { annotationId: annotationUuid }, principal, method);
    return { projectId: grant.projectId ?? 0 };
  };
  const tileRoute = createTileRoute({
    authenticateCached: (req) =>
      req.headers.authorization === undefined
        ? auth.authenticator.authenticateCached(req.headers.cookie)?.principal
        : undefined,
    mayReadImageCached: (principal, imageId) => access.mayReadImageCached(principal, imageId),
    index,
    readers,
    hooks,
  });

  // Other processes change images too; what this one remembers of their pixels must not outlive that.
  const unsubscribe = outbox.subscribe((events) => {
    for (const { event } of events)
      if (event.topic === 'images.changed') index.forget((event as { imageIds: readonly number[] }).imageIds);
  });
  const sweep = (): void =>
    void Promise.all([sweepStorage(services, storage), uploads.sweep()]).catch((error: unknown) =>
      log.warn({ err: error }, 'sweeping failed'),
    );
  const sweeper = setInterval(sweep, DAY_MS);
  sweeper.unref();

  return {
    auth,
    projects,
    imageSets,
    layers,
    members,
    products,
    images,
    imageFiles,
    annotations,
    imports,
    media,
    serveMedia: serveMedia(services, storage, mediaLinks),
    resolveAnnotations,
    resolveAnnotation,
    jobs,
    processes,
    storage,
    uploads,
    provision,
    tileRoute,
    slides: {
      info: async (imageId) => {
        const { width, height, levels, mppX, mppY, axes, objective, planes, vendor } = await images.describe(imageId);
        return {
          width,
          height,
          levels,
          planes,
          vendor,
          associated: [],
          ...(mppX === undefined ? {} : { mppX }),
          ...(mppY === undefined ? {} : { mppY }),
          ...(axes === undefined ? {} : { axes }),
          ...(objective === undefined ? {} : { objective }),
        };
      },
      pixels: async (imageId, request, signal) => readPixels(tiles, await tiles.pixels(imageId), request, signal),
    },
    operations: [
      ...authOperations(auth),
      ...usersOperations(auth),
      ...teamsOperations(teams),
      ...projectsOperations({ projects, members }),
      ...layersOperations(layers),
      ...imageSetsOperations(imageSets),
      ...templatesOperations({ products, templates, examples }),
      ...imagesOperations(services, { images, tiles, thumbnails, cache }),
      ...annotationOperations(annotations),
      ...mediaOperations(media),
      ...annotationImportOperations(imports, config.importMaxBytes),
      ...jobsOperations(services, jobs),
      ...auditOperations(database),
    ],
    sweep,
    async close() {
      clearInterval(sweeper);
      unsubscribe();
      imports.close();
      await jobs.stop();
      processes.close();
      await readers.close();
      await auth.notices.close();
    },
  };
}

const sum = (rows: readonly { readonly count: number }[]): number =>
  rows.reduce((total, { count }) => total + count, 0);
