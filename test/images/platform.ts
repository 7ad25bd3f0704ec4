import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ExactError, ForbiddenError, NotFoundError } from '@exact/sdk/contract';
import type { Image } from '@exact/sdk/contract';
import type { ImageFiles, Principal } from '@exact/sdk/server';
import { createImageFiles } from '../../core/src/images/image-files.ts';
import { createImages, type ImageService } from '../../core/src/images/images.ts';
import { createUploads, type UploadsParts } from '../../core/src/images/uploads.ts';
import { createJobs, type Jobs, type JobProgress } from '../../core/src/jobs/jobs.ts';
import { createProcesses, type Processes } from '../../core/src/jobs/processes.ts';
import { createDiskCache, type DiskCache } from '../../core/src/slides/disk-cache.ts';
import { createPixelIndex, type PixelIndex } from '../../core/src/slides/pixel-index.ts';
import { createSlideReaders, type SlideReaders } from '../../core/src/slides/readers.ts';
import { createThumbnails } from '../../core/src/slides/thumbnail.ts';
import { createTileRoute } from '../../core/src/slides/tile-route.ts';
import { createTiles, type Tiles } from '../../core/src/slides/tiles.ts';
import { createFolderDriver, type FolderStorage } from '../../core/src/storage/folder-driver.ts';
import { createTestServices, type TestServices } from '../../core/src/test-support.ts';
import { planImport } from '../../plugins/format-image/src/server/plan-import.ts';
import { makePyramid, PYRAMID_JOB } from '../../plugins/format-image/src/server/make-pyramid.ts';
import { openOrRefuse } from '../../plugins/format-tiff/src/server/open-or-refuse.ts';

/** The part of the platform that deals with files, over a real database and a real folder, with the two format plugins. */
export interface ImagePlatform {
  readonly services: TestServices;
  readonly storage: FolderStorage;
  readonly jobs: Jobs;
  readonly processes: Processes;
  readonly readers: SlideReaders;
  readonly index: PixelIndex;
  readonly cache: DiskCache;
  readonly tiles: Tiles;
  readonly thumbnails: ReturnType<typeof createThumbnails>;
  readonly images: ImageService;
  readonly imageFiles: ImageFiles;
  readonly progress: JobProgress[];
  readonly manager: Principal;
  readonly stranger: Principal;
  readonly projectId: number;
  readonly imageSetId: number;
  readonly url: string;
  /** Requests that the tile route has answered itself. */
  readonly fast: { count: number };
  /** Resolves when the image is no longer waiting or converting. */
  settled(imageId: number): Promise<Image>;
  close(): Promise<void>;
}

export const viewer = (principal: Principal) => ({ principal, role: 'manager' as const });

export async function createImagePlatform(options: Pick<UploadsParts, 'open'> = {}): Promise<ImagePlatform> {
  const dataDir = await mkdtemp(join(tmpdir(), 'exact-images-'));
  const services = await createTestServices({ dataDir });
  const { sql } = services.database;
  const [user] = await sql.query<{ id: number }>(
    `insert into core.app_user (username, display_name) values ('manager', 'Manager'), ('stranger', 'Stranger') returning id`,
  );
  const person = (userId: number, username: string): Principal => ({
    userId,
    username,
    isAdmin: false,
    via: 'session',
  });
  const manager = person(user?.id ?? 0, 'manager');
  const stranger = person(manager.userId + 1, 'stranger');
  await sql.query(`insert into core.team (name) values ('team')`);
  const [project] = await sql.query<{ id: number }>(
    `insert into core.project (team_id, name) select id, 'project' from core.team returning id`,
  );
  const projectId = project?.id ?? 0;
  const [set] = await sql.query<{ id: number }>(
    `insert into core.image_set (project_id, name) values ($1, 'set') returning id`,
    [projectId],
  );
  const imageSetId = set?.id ?? 0;

  const storage = createFolderDriver(join(dataDir, 'storage'));
  const processes = createProcesses({ max: 2 });
  const readers = createSlideReaders(services.hooks, storage);
  const index = createPixelIndex(sql);
  const cache = createDiskCache(join(dataDir, 'cache', 'tiles'), 2 ** 31, services.log);
  const progress: JobProgress[] = [];
  const jobs = await createJobs(services, { onProgress: (event) => progress.push(event) });
  const decoders = processes.warm(new URL('../../core/src/slides/decoding/decode-task.ts', import.meta.url), {
    memoryMb: 1024,
    timeoutMs: 30_000,
    size: 2,
  });
  const countAnnotations = () => Promise.resolve([]);
  const images = createImages(services, { storage, readers, jobs, index, cache, countAnnotations });
  const tiles = createTiles(services, { index, readers, decoders, cache, imageOf: (id) => images.describe(id) });
  const thumbnails = createThumbnails(tiles, cache);
  const imageFiles = createImageFiles(services, { storage, readers, index });

  services.taps.set('slides.open', openOrRefuse);
  services.taps.set('images.plan', planImport);
  jobs.work(
    PYRAMID_JOB,
    (input, job) => makePyramid({ imageFiles, jobs: { ...jobs, inProcess: processes.inProcess } }, input, job),
    { concurrency: 2 },
  );

  const uploads = createUploads(services, {
    ...options,
    storage,
    readers,
    jobs,
    async mayUpload(principal, wanted) {
      if (wanted !== imageSetId) throw new NotFoundError({ what: 'image set', id: wanted });
      if (principal.userId !== manager.userId) throw new ForbiddenError({ permission: 'images:write' });
      return { projectId };
    },
  });
  const people = new Map([manager, stranger].map((one) => [one.username, one]));
  const route = createTileRoute({
    authenticateCached: (req) => people.get(String(req.headers['x-user'] ?? 'manager')),
    mayReadImageCached: (principal) => principal.userId === manager.userId,
    index,
    readers,
    hooks: services.hooks,
  });
  const fast = { count: 0 };
  const server: Server = createServer((req, res) => {
    if (route(req, res)) {
      fast.count += 1;
      return;
    }
    const principal = people.get(String(req.headers['x-user'] ?? 'manager')) ?? stranger;
    const answer = async (): Promise<void> => {
      if (req.url?.startsWith('/api/v2/uploads')) return uploads.handleUpload(req, res, principal);
      const [, id, level, col, row] = /images\/(\d+)\/tiles\/(\d+)\/(\d+)\/(\d+)/.exec(req.url ?? '') ?? [];
      const tile = await tiles.tile(Number(id), Number(level), Number(col), Number(row));
      res.writeHead(200, {
        'content-type': tile.mediaType,
        etag: tiles.etag(await tiles.pixels(Number(id)), Number(level), Number(col), Number(row)),
      });
      res.end(tile.bytes);
    };
    answer().catch((error: unknown) => {
      if (res.headersSent) return res.destroy();
      const status = error instanceof ExactError ? error.status : 500;
      res.writeHead(status, { 'content-type': 'application/problem+json' });
      return res.end(
        JSON.stringify({
          code: error instanceof ExactError ? error.code : 'INTERNAL',
          detail: String((error as Error).message),
          data: (error as ExactError).data,
        }),
      );
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));

  return {
    services,
    storage,
    jobs,
    processes,
    readers,
    index,
    cache,
    tiles,
    thumbnails,
    images,
    imageFiles,
    progress,
    manager,
    stranger,
    projectId,
    imageSetId,
    fast,
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    async settled(imageId) {
      for (;;) {
        const image = await images.get(viewer(manager), imageId);
        if (image.state === 'ready' || image.state === 'failed') return image;
        await new Promise((resolve) => setTimeout(resolve, 50));
      }
    },
    async close() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
      await jobs.stop();
      await readers.close();
      processes.close();
      await services.close();
      await rm(dataDir, { recursive: true, force: true });
    },
  };
}
