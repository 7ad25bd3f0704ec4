import type { Image } from '../contract/images.ts';
import type { OpenInput, Plane, SlideInfo, SlideReader, SlideRefusal } from '../server/slides.ts';
import type { StorageDriver, StorageRef, StoredObject, WriteRequest } from '../server/storage.ts';
import { bail, series, syncWaterfall, waterfall } from './define.ts';

export const storageHooks = {
  resolve: bail<StorageRef, StorageDriver>({
    policy: 'abort',
    budgetMs: 500,
    since: '1.0',
    about: 'Asked which driver holds an object that is not in the platform’s own folder.',
  }),
  beforeWrite: waterfall<WriteRequest>({
    policy: 'abort',
    budgetMs: 30_000,
    since: '1.0',
    about: 'Lets plugins refuse a file before it is kept (quota, virus scan).',
  }),
  afterWrite: series<StoredObject>({
    policy: 'contain',
    budgetMs: 30_000,
    since: '1.0',
    about: 'Tells that a file is stored.',
  }),
  beforeDelete: series<readonly StoredObject[]>({
    policy: 'abort',
    budgetMs: 2000,
    since: '1.0',
    about: 'Lets plugins refuse the deletion of files.',
  }),
  afterDelete: series<readonly StoredObject[]>({
    policy: 'contain',
    budgetMs: 2000,
    since: '1.0',
    about: 'Tells that files are gone.',
  }),
} as const;

export const slideHooks = {
  open: bail<OpenInput, SlideReader | SlideRefusal>({
    policy: 'contain',
    budgetMs: 3000,
    since: '1.0',
    about:
      'Asks who can read this file. Answer with a reader, or nothing; with `{ refused }` when it is yours but broken: a broken file is no failure of the plugin.',
  }),
} as const;

/** What becomes of a file that could be opened. */
export type ImportPlan =
  | { readonly action: 'keep' }
  /** Make a tiled pyramid by the named job of the plugin (`<plugin>:<job>`). */
  | { readonly action: 'convert'; readonly job: string }
  /** Do not take it, for a reason that the person who uploaded it is told. */
  | { readonly action: 'refuse'; readonly code: string; readonly message: string };

export interface ProbeResult {
  readonly name: string;
  readonly head: Uint8Array;
  readonly sizeBytes: number;
  /** Absent when no plugin could open the file as a slide. */
  readonly info?: SlideInfo;
}

export interface ImageDraft {
  readonly imageSetId: number;
  readonly privateName: string;
  readonly publicName: string;
  readonly sizeBytes: number;
  readonly sha256: string;
}

/** Which images of a project are there for the caller. */
export interface VisibleImages {
  readonly projectId: number;
  /** Only these; absent: all of the project. */
  readonly imageIds?: readonly number[];
}

/** What a tap answers holds within what those before it have left. */
function onlyBoth(given: VisibleImages, { imageIds }: VisibleImages): VisibleImages {
  if (imageIds === undefined) return given;
  if (!Array.isArray(imageIds)) throw new TypeError('answered imageIds that are no list');
  const left = given.imageIds && new Set(given.imageIds);
  return { projectId: given.projectId, imageIds: left ? imageIds.filter((id) => left.has(id)) : imageIds };
}

export const imageHooks = {
  /**
   * Narrows which images exist for the caller: for every door that lists, counts or resolves images, or annotations on them.
   *
   * When: once for a person and project; the answer is kept until `ctx.images.visibilityChanged(projectId)`, a change of rights, or
   * half a minute, whichever comes first.
   * Value: `imageIds` as it was narrowed so far. Return fewer; ids of other projects, and those that an earlier tap has left out,
   * mean nothing.
   */
  visible: waterfall<VisibleImages>({
    policy: 'deny',
    budgetMs: 2000,
    since: '1.0',
    about: 'Narrows which images of a project exist for the caller, at every door. A tap can only narrow.',
    narrow: onlyBoth,
  }),
  plan: bail<ProbeResult, ImportPlan>({
    policy: 'contain',
    budgetMs: 3000,
    since: '1.0',
    about: 'Asks what to do with a new file: keep it as it is, convert it first, or refuse it.',
  }),
  beforeImport: waterfall<readonly ImageDraft[]>({
    policy: 'abort',
    budgetMs: 2000,
    since: '1.0',
    about: 'Lets plugins complete or refuse images before they exist.',
    inTransaction: true,
  }),
  afterImport: series<readonly Image[]>({
    policy: 'contain',
    budgetMs: 2000,
    since: '1.0',
    about: 'Tells of new images, after the commit.',
  }),
  metadata: waterfall<{
    readonly image: Image;
    readonly metadata: Readonly<Record<string, unknown>>;
    readonly audience: 'project' | 'export';
  }>({
    policy: 'deny',
    budgetMs: 200,
    since: '1.0',
    about: 'Redacts metadata before they leave.',
  }),
  beforeDelete: series<readonly Image[]>({
    policy: 'abort',
    budgetMs: 2000,
    since: '1.0',
    about: 'Lets plugins refuse the deletion of images.',
  }),
  afterDelete: series<readonly Image[]>({
    policy: 'contain',
    budgetMs: 2000,
    since: '1.0',
    about: 'Tells that images are gone.',
  }),
} as const;

export interface TileRequest {
  readonly imageId: number;
  readonly level: number;
  readonly col: number;
  readonly row: number;
  readonly plane: Plane;
}
/** Serves tiles of images whose pixels are not in a file: maps, plots, remote images. */
export interface TileSource {
  readonly info: SlideInfo;
  tile: SlideReader['tile'];
}
export interface Tile {
  readonly request: TileRequest;
  readonly bytes: Uint8Array;
  readonly mediaType: string;
}

export const tileHooks = {
  source: bail<{ readonly image: Image; readonly plane: Plane }, TileSource>({
    policy: 'contain',
    budgetMs: 1000,
    since: '1.0',
    about: 'Asks who makes the tiles of an image that has no file.',
  }),
  transform: waterfall<Tile>({
    policy: 'contain',
    budgetMs: 50,
    since: '1.0',
    about: 'Changes a tile on its way out. Costs the short way: tap `cacheKey` too, and only where it is needed.',
  }),
  cacheKey: syncWaterfall<readonly string[]>({
    policy: 'contain',
    budgetMs: 50,
    since: '1.0',
    about: 'Adds what a transformed tile depends on to its ETag.',
  }),
} as const;
