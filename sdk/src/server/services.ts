import type { Bounds, Geometry } from '@exact/geometry';
import type { Annotation, AnnotationChanges, MetaFilter } from '../contract/annotations.ts';
import type { Contract, ParamsOf, BodyOf, QueryOf, ResultOf } from '../contract/endpoint.ts';
import type { Axes, Image } from '../contract/images.ts';
import type { Job } from '../contract/jobs.ts';
import type { Media } from '../contract/media.ts';
import type { Product } from '../contract/templates.ts';
import type { AnnotationLayer, LayerDraft } from '../contract/layers.ts';
import type { Collaboration, ImageSet, Project } from '../contract/projects.ts';
import type { LiveEvent } from '../contract/live.ts';
import type { ProjectRole } from '../contract/roles.ts';
import type { ChangeOrigin } from '../hooks/annotations.ts';
import type { Logger } from './logger.ts';
import type { Principal } from './principal.ts';
import type { Plane, SlideInfo } from './slides.ts';

/** A connection that speaks plain PostgreSQL; values as $1, $2, … and never inside the text. */
export interface Sql {
  query<T extends object = Record<string, unknown>>(text: string, values?: readonly unknown[]): Promise<T[]>;
}

/** Database access of a plugin: its own schema `plugin_<id>` is first in the search path; `core` can be read. */
export interface PluginDatabase extends Sql {
  readonly schema: string;
  transaction<T>(work: (sql: Sql) => Promise<T>): Promise<T>;
}

/** Documents by project and person, for plugins that need no table. Values are JSON up to 64 KiB. */
export interface KeyValue {
  get(scope: KeyValueScope, key: string): Promise<unknown>;
  set(scope: KeyValueScope, key: string, value: unknown): Promise<void>;
  delete(scope: KeyValueScope, key: string): Promise<void>;
}
export interface KeyValueScope {
  readonly projectId?: number;
  readonly userId?: number;
}

/** What a request for a plugin's endpoint carries. */
export interface EndpointRequest<E> {
  readonly params: ParamsOf<E>;
  readonly query: QueryOf<E>;
  readonly body: BodyOf<E>;
  readonly principal: Principal;
  /** Set for everything below `/projects/:projectId`, and where the path names a thing in a project. */
  readonly projectId: number | undefined;
  readonly role: ProjectRole | undefined;
  readonly headers: Readonly<Record<string, string | undefined>>;
  readonly signal: AbortSignal;
  readonly requestId: string;
  readonly log: Logger;
  /** The body as it comes, where the endpoint declares `rawBody`. Ends with BODY_TOO_LARGE past the limit. */
  stream(): AsyncIterable<Uint8Array>;
}
export type Handlers<C extends Contract> = {
  readonly [K in keyof C]: (request: EndpointRequest<C[K]>) => Promise<ResultOf<C[K]>>;
};

export interface Routes {
  /**
   * Mounts all endpoints of a contract at `/api/v2/projects/:projectId/plugins/<id>`; they answer 404 PLUGIN_NOT_ENABLED in
   * projects where the plugin is off. Contracts of instance-level plugins are mounted at `/api/v2/plugins/<id>`.
   */
  implement<C extends Contract>(contract: C, handlers: Handlers<C>): () => void;
}

export interface JobDraft {
  /** `<plugin>:<name>` as declared in the manifest. */
  readonly kind: string;
  readonly title: string;
  readonly projectId?: number;
  readonly imageId?: number;
  readonly createdBy?: number;
  /** Plain data; everything that the result depends on, seeds included. */
  readonly input: Readonly<Record<string, unknown>>;
}
/** What a job's code is given besides its input. */
export interface JobContext {
  readonly jobId: string;
  readonly signal: AbortSignal;
  readonly log: Logger;
  progress(fraction: number, step: string): void;
}
export type JobWork = (
  input: Readonly<Record<string, unknown>>,
  context: JobContext,
) => Promise<Readonly<Record<string, unknown>> | void>;

export interface Jobs {
  /** Takes up work on jobs of a kind declared in the manifest. Safe to run twice: a dead worker's job is taken up again. */
  work(kind: string, run: JobWork): () => void;
  /** Puts a job into the queue, with `sql` in the same transaction as the data. */
  enqueue(draft: JobDraft, sql?: Sql): Promise<Job>;
  /** Runs a module's default function in a separate process with limits; for decoding files that people upload. */
  inProcess<T>(
    module: URL,
    input: unknown,
    options: {
      readonly timeoutMs: number;
      readonly memoryMb: number;
      readonly signal?: AbortSignal;
      readonly onProgress?: (fraction: number, step: string) => void;
    },
  ): Promise<T>;
}

/** What to read: everything given must hold. Made narrower by `annotations.visible` before any row is read. */
export interface AnnotationFilter {
  readonly projectId?: number;
  readonly imageSetId?: number;
  readonly imageId?: number;
  readonly imageIds?: readonly number[];
  readonly templateIds?: readonly number[];
  readonly authorIds?: readonly number[];
  /** `null`: in no layer, which is what people have drawn for themselves. */
  readonly layers?: readonly (number | null)[];
  readonly uuids?: readonly string[];
  /** Level-0 pixels; annotations whose box touches it. */
  readonly box?: { readonly minX: number; readonly minY: number; readonly maxX: number; readonly maxY: number };
  readonly verified?: 'accepted' | 'rejected' | 'none';
  /** Shapes of which a side of the bounding box has `LARGE_PX` of `@exact/geometry` and more; labels of the whole image are not. */
  readonly large?: 'no' | 'only' | 'all';
  readonly createdAfter?: string;
  readonly createdBefore?: string;
  readonly updatedAfter?: string;
  readonly updatedBefore?: string;
  readonly deleted?: 'no' | 'only' | 'all';
  readonly text?: string;
  /** By key, values of which one must be there: see `MetaFilter` of the contract. */
  readonly meta?: MetaFilter;
  /** At least one of these must hold. In them, `deleted` left out says nothing. */
  readonly anyOf?: readonly AnnotationFilter[];
  /** All of these must hold, besides the fields beside it. In them, `deleted` left out says nothing. */
  readonly allOf?: readonly AnnotationFilter[];
}

/** Annotations as the given person may see and change them; the platform applies role and visibility. */
export interface Annotations {
  list(
    principal: Principal,
    filter: AnnotationFilter,
    page?: { cursor?: string; limit?: number },
  ): Promise<{ items: Annotation[]; next?: string }>;
  count(
    principal: Principal,
    filter: AnnotationFilter,
    by: 'template' | 'image' | 'author',
  ): Promise<{ id: number; count: number }[]>;
  /**
   * Where annotations lie and what they are, in columns: for scores and statistics over very many. Oldest first. Labels of whole
   * images have no place and are left out. One statement, some 40 bytes each, half a second for a million.
   *
   * @param options - `metaNumber`: also the number under this key of the meta data, or of the typed attributes where it is not there
   * @throws TOO_MANY_ANNOTATIONS when more than 2,000,000 match, before memory is taken for them
   * @since 1.0
   */
  centres(
    principal: Principal,
    filter: AnnotationFilter,
    options?: { readonly metaNumber?: string | undefined; readonly signal?: AbortSignal | undefined },
  ): Promise<AnnotationCentres>;
  change(
    principal: Principal,
    imageId: number,
    changes: AnnotationChanges,
    origin?: ChangeOrigin,
  ): Promise<{ items: Annotation[]; cursor: string }>;
  /**
   * Stores many annotations of an image from newline-delimited JSON, as the import over HTTP reads it: all of them or none. Needs
   * `annotations:write`. Resolves when they are stored; with an `importId` that was stored before it stores nothing again.
   *
   * @param options - `layerId`: they belong to this layer (managers only). `authorId`: they are this project member's work (managers
   *   only, needs `annotations:attribute`); the history says who brought them
   * @throws ANNOTATION_IMPORT_REFUSED with the first wrong lines
   */
  import(
    principal: Principal,
    imageId: number,
    source: AsyncIterable<Uint8Array>,
    options: ImportOptions,
  ): Promise<{ readonly created: number; readonly known: number }>;
  /** Pictures, sounds and films of annotations. */
  readonly media: AnnotationMedia;
}

/** Annotations in columns of `count` entries each. */
export interface AnnotationCentres {
  readonly count: number;
  /**
   * Level-0 pixel that holds the middle of the bounding box: whole numbers, and the same as `useCentres()` gives in the browser, so
   * that what is counted in a box is equal on both sides.
   */
  readonly x: Float32Array;
  readonly y: Float32Array;
  readonly templateId: Int32Array;
  readonly imageId: Int32Array;
  readonly authorId: Int32Array;
  /** With `metaNumber`: its value; NaN where it is absent or no number. */
  readonly number?: Float64Array;
  uuid(index: number): string;
}

export interface ImportOptions {
  /** A UUID; the same one means the same import. */
  readonly importId: string;
  readonly layerId?: number | undefined;
  readonly authorId?: number | undefined;
}

/** Files of annotations as the given person may see and change them. A file is checked as one that a browser sends. */
export interface AnnotationMedia {
  /** In their order; `url` works without a session for at least an hour. */
  list(principal: Principal, annotationUuid: string): Promise<Media[]>;
  /**
   * Attaches a file. `uuid` makes it safe to repeat; made here when absent.
   *
   * @throws MEDIA_REFUSED with the reason, MEDIA_TOO_LARGE
   */
  add(
    principal: Principal,
    annotationUuid: string,
    file: { readonly name: string; readonly source: AsyncIterable<Uint8Array>; readonly uuid?: string },
  ): Promise<Media>;
  remove(principal: Principal, annotationUuid: string, mediaUuid: string): Promise<void>;
  /**
   * The file itself, for decoding it in a separate process. Read it only; the path is good while the file is there.
   *
   * @throws NotFoundError also when the storage has lost it
   * @since 1.0
   */
  file(principal: Principal, annotationUuid: string, mediaUuid: string): Promise<Media & { readonly path: string }>;
}

export interface Images {
  get(principal: Principal, imageId: number): Promise<Image>;
  listOfSet(principal: Principal, imageSetId: number): Promise<Image[]>;
  /** Takes a file from disk or memory into an image set, as an upload does. */
  add(
    principal: Principal,
    imageSetId: number,
    file: { readonly name: string; readonly source: AsyncIterable<Uint8Array> },
  ): Promise<Image>;
  /**
   * For plugins that tap `images.visible`: what somebody sees in the project has changed. Every process asks again, this one before it
   * returns. Call it after the commit of what has changed.
   */
  visibilityChanged(projectId: number): Promise<void>;
}

/** Files of an image for jobs of format plugins. */
export interface ImageFiles {
  /** Local path of the original; valid while the job runs. */
  original(imageId: number): Promise<{ readonly path: string; readonly name: string; readonly sizeBytes: number }>;
  /** A path to write a derived file to; {@link adopt} makes it the image's pixels in one step. */
  scratch(imageId: number, suffix: string): Promise<string>;
  /**
   * Makes a finished file the one that tiles are read from and the image ready. The file is read by whoever can read it from then on: a
   * TIFF by the plugin for TIFF, whether or not the plugin that made it is on in the project.
   *
   * @param facts - `axes`: what the axes mean where they are no lengths; the image has no µm per pixel then
   */
  adopt(imageId: number, path: string, facts?: { readonly axes?: Axes }): Promise<void>;
}

/** What images are made of. Nobody's rights are asked: for jobs, and after the endpoint has checked them. */
export interface Slides {
  info(imageId: number): Promise<SlideInfo>;
  /**
   * Pixels of a part of an image, from the coarsest stored level that is at least as fine as wanted, resized from there; white
   * where the file stores nothing. Decoded in a separate process. Costs the tiles of that level: ask coarsely for the whole.
   *
   * @param request - `downsample`: level-0 pixels for one pixel of the answer, from 1 on. `box`: level-0 pixels, cut off at the edges
   *   of the image (default all of it). `plane`: the first one when absent
   * @throws IMAGE_NOT_READY; REGION_TOO_LARGE above 16 million pixels; INVALID_REQUEST where the box lies outside or the downsample
   *   is no number from 1 on; TILE_OUT_OF_RANGE for a plane that is not there; TILE_UNREADABLE
   * @since 1.0
   */
  pixels(imageId: number, request: PixelsRequest, signal?: AbortSignal): Promise<SlidePixels>;
}
export interface PixelsRequest {
  readonly downsample: number;
  readonly box?: Bounds | undefined;
  readonly plane?: Plane | undefined;
}
export interface SlidePixels {
  readonly width: number;
  readonly height: number;
  /** 8 bit RGB, row by row from the top: `width * height * 3` bytes. */
  readonly data: Uint8Array;
  /** As asked for; sizes are whole numbers, so a pixel is `box.width / width` level-0 pixels wide. */
  readonly downsample: number;
  /** What it shows, in level-0 pixels. */
  readonly box: Bounds;
}

export interface Projects {
  get(principal: Principal, projectId: number): Promise<Project>;
  imageSets(principal: Principal, projectId: number): Promise<ImageSet[]>;
  products(principal: Principal, projectId: number): Promise<Product[]>;
  /** Those that the person may know of, by name. */
  layers(principal: Principal, projectId: number): Promise<AnnotationLayer[]>;
  /** The layer of this name, made when it is missing; one that is there stays as it is. Managers only; needs `projects:manage`. */
  ensureLayer(principal: Principal, projectId: number, draft: LayerDraft): Promise<AnnotationLayer>;
  /** Changes how the people of the project work together. Managers only; needs `projects:manage`. */
  setCollaboration(principal: Principal, projectId: number, mode: Collaboration): Promise<Project>;
}

/**
 * Makes the content of a demo or of a test; needs the permission `provision`. All of it is safe to repeat after any
 * interruption: what is there under that name stays as it is, what is missing in it is added.
 */
export interface Provision {
  /** Whether the operator wants the demo (`EXACT_DEMO`). */
  readonly isDemo: boolean;
  /** Whether the instance holds no project at all yet. */
  isEmpty(): Promise<boolean>;
  /** Passwords are taken as given: those of a demo are public anyway. */
  ensureUser(user: { username: string; displayName: string; password: string; isAdmin?: boolean }): Promise<Principal>;
  ensureTeam(name: string, members: readonly { principal: Principal; isTeamAdmin: boolean }[]): Promise<{ id: number }>;
  /** Adds members who are missing, and switches on plugins that nobody has switched there yet. */
  ensureProject(
    manager: Principal,
    teamId: number,
    draft: {
      name: string;
      description: string;
      members: readonly { principal: Principal; role: ProjectRole }[];
      plugins: readonly string[];
    },
  ): Promise<{ id: number }>;
  ensureImageSet(
    manager: Principal,
    projectId: number,
    draft: { name: string; description: string; tags: readonly string[] },
  ): Promise<{ id: number }>;
  /** Adds templates that are missing; a product of that name that the team has already is used. */
  ensureProduct(
    manager: Principal,
    projectId: number,
    draft: { name: string; description: string; templates: readonly ProvisionedTemplate[] },
  ): Promise<Product>;
}
export interface ProvisionedTemplate {
  readonly name: string;
  readonly kind: Geometry['kind'];
  readonly colour?: string;
  readonly defaultWidth?: number;
  readonly defaultHeight?: number;
  readonly description?: string;
}

export interface Settings {
  /** Settings of this plugin in a project, completed by the defaults of its schema. */
  project<T = Readonly<Record<string, unknown>>>(projectId: number): Promise<T>;
}

export interface Events {
  /**
   * Takes up events after their commit, at least once and in order, also those that came while the plugin was down.
   * `topic` is one of the platform's or `<plugin>:<name>`.
   */
  on(topic: LiveEvent['topic'], handle: (event: LiveEvent) => Promise<void>): () => void;
  /**
   * Publishes `<this plugin>:<name>` to the browsers that watch the project, with `sql` in the transaction of the data.
   *
   * @param userIds - the people that it is for, or `all`; left out, all but those who work blind. Say `all` only for what does not
   *   depend on the work of readers
   */
  publish(
    name: string,
    projectId: number,
    data: unknown,
    sql?: Sql,
    userIds?: readonly number[] | 'all',
  ): Promise<void>;
}
