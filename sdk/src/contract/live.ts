/**
 * The live channel: one WebSocket per browser at `/api/v2/live`, JSON texts. Same cookie, same origin check as the API.
 *
 * The client says which projects it watches; the server answers `ready` with a cursor, or, when the client brings the cursor
 * of an earlier connection, first sends what has happened since. Events carry ids, never content: what one may not read stays
 * unread. Delivery is at least once, in order. A cursor is a time and tells nothing else.
 *
 * Who works blind in a project gets only what is about annotations that they see, their own jobs, and what concerns everybody
 * (members, image sets, templates, layers, plugins).
 */
export const LIVE_PATH = '/api/v2/live';

export type LiveRequest =
  | { readonly type: 'watch'; readonly projects: readonly number[]; readonly cursor?: string }
  | {
      /**
       * Where somebody is, at most four times a second, and at least each four seconds: who is silent for ten is gone. Without
       * `view` one sees the others and is not seen. At most 1,000 characters.
       */
      readonly type: 'presence';
      readonly projectId: number;
      readonly imageId: number;
      readonly view?: PresenceView;
      /** Id of the tool in hand. */
      readonly tool?: string;
    }
  /** Not on any image any more. */
  | { readonly type: 'absent' }
  | { readonly type: 'ping' };

/** What somebody sees of an image: a rectangle around a middle in level-0 pixels, turned by degrees clockwise. */
export interface PresenceView {
  readonly x: number;
  readonly y: number;
  readonly width: number;
  readonly height: number;
  readonly rotation: number;
}

export type LiveMessage =
  | { readonly type: 'ready'; readonly cursor: string }
  | { readonly type: 'event'; readonly cursor: string; readonly event: LiveEvent }
  /** Not kept and not repeated: how far a running job is. */
  | {
      readonly type: 'progress';
      readonly job: { id: string; projectId: number; imageId?: number; progress: number; step: string };
    }
  /** Not kept and not repeated: where another person is on the image that one has said to be on. Never in blind projects. */
  | {
      readonly type: 'presence';
      /** Of that person's window; goes with it. */
      readonly id: string;
      readonly projectId: number;
      readonly imageId: number;
      readonly userId: number;
      readonly view: PresenceView;
      readonly tool?: string;
    }
  | { readonly type: 'absent'; readonly id: string; readonly imageId: number }
  /** The cursor is too old: everything shown has to be loaded anew. */
  | { readonly type: 'reset'; readonly cursor: string }
  | { readonly type: 'refused'; readonly projects: readonly number[] }
  | { readonly type: 'pong' };

export interface AnnotationsChanged {
  readonly topic: 'annotations.changed';
  readonly projectId: number;
  readonly imageId: number;
  /** Left out of what others have changed when the receiver works blind; plugins always get it. */
  readonly changeId?: string;
  /** As `changeId`. */
  readonly userId?: number;
  readonly created: readonly string[];
  readonly updated: readonly string[];
  readonly deleted: readonly string[];
  /** True when the change was too large to list; the lists are empty then and the image has to be read anew. */
  readonly many: boolean;
}
/** Files of an annotation came, went, or are called differently. */
export interface MediaChanged {
  readonly topic: 'media.changed';
  readonly projectId: number;
  readonly imageId: number;
  readonly annotationUuid: string;
  /** Left out of what others have changed when the receiver works blind; plugins always get it. */
  readonly userId?: number;
}
export interface ProjectChanged {
  readonly topic: 'project.changed';
  readonly projectId: number;
  readonly what: 'project' | 'members' | 'imageSets' | 'layers' | 'templates' | 'plugins';
}
export interface ImagesChanged {
  readonly topic: 'images.changed';
  readonly projectId: number;
  readonly imageSetId: number;
  readonly imageIds: readonly number[];
}
export interface JobsChanged {
  readonly topic: 'jobs.changed';
  readonly projectId: number;
  readonly jobIds: readonly string[];
}
/** An event of a plugin: `topic` is `<plugin>:<name>`. */
export interface PluginEvent {
  readonly topic: `${string}:${string}`;
  readonly projectId: number;
  readonly data: unknown;
  /**
   * People that it is for, by id, or `all` members. Absent: all but those who work blind, since it may tell what others do.
   * Not sent to browsers.
   */
  readonly userIds?: readonly number[] | 'all';
}
export type LiveEvent = AnnotationsChanged | MediaChanged | ProjectChanged | ImagesChanged | JobsChanged | PluginEvent;
