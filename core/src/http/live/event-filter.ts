import { randomUUID } from 'node:crypto';
import type {
  AnnotationsChanged,
  ImagesChanged,
  JobsChanged,
  LiveEvent,
  MediaChanged,
  PluginEvent,
} from '@exact/sdk/contract';
import type { HookContext } from '@exact/sdk/hooks';
import type { Principal } from '@exact/sdk/server';
import { MAX_LISTED } from '../../annotations/change.ts';
import type { AnnotationReader } from '../../annotations/read.ts';
import { visibleWhere } from '../../annotations/visibility.ts';
import type { SeeingServices } from '../../auth/seeing.ts';

/** Gives what of an event a receiver may know; nothing when that is nothing. Rights in the project are checked before. */
export type EventFilter = (event: LiveEvent, principal: Principal) => Promise<LiveEvent | undefined>;

/**
 * Makes the filter of live events: the ids of annotations pass the same rule as the annotations themselves. Whoever sees less than
 * all is told nothing of the rest: not that there was more in a change, not who made it. Costs nothing where everybody sees the
 * same.
 */
export function createEventFilter(
  services: SeeingServices,
  annotations: Pick<AnnotationReader, 'visibleUuids'>,
): EventFilter {
  const { database, hooks, log, seeing } = services;

  return async (event, principal) => {
    if (isOfPlugin(event)) return ofPlugin(event, principal);
    switch (event.topic) {
      case 'annotations.changed':
        return ofAnnotations(event as AnnotationsChanged, principal);
      case 'media.changed':
        return ofMedia(event as MediaChanged, principal);
      case 'jobs.changed':
        return ofJobs(event as JobsChanged, principal);
      case 'images.changed':
        return ofImages(event as ImagesChanged, principal);
      default:
        return event; // members, sets, templates, layers: there for everybody
    }
  };

  async function isBlinded(principal: Principal, projectId: number): Promise<boolean> {
    return (await seeing.blinding.of(principal, projectId)).isBlinded;
  }

  /** Whether the person may see less than is there. */
  async function isNarrowed(principal: Principal, projectId: number): Promise<boolean> {
    if (hooks.annotations.visible.isUsed(projectId) || (await isBlinded(principal, projectId))) return true;
    return (await seeing.visibleImages.of(principal, projectId)) !== undefined;
  }

  function contextOf(principal: Principal, projectId: number): HookContext {
    return { principal, projectId, requestId: `live:${randomUUID()}`, signal: AbortSignal.timeout(5000), log };
  }

  async function ofAnnotations(event: AnnotationsChanged, principal: Principal): Promise<LiveEvent | undefined> {
    const { projectId, imageId, many, changeId, userId, ...rest } = event;
    if (!(await isNarrowed(principal, projectId))) return event;
    const head = { ...rest, projectId, imageId, ...(userId === principal.userId ? { changeId, userId } : {}) };
    const context = contextOf(principal, projectId);
    const listed = many ? await readUuids(event) : [...event.created, ...event.updated, ...event.deleted];
    const visible = await annotations.visibleUuids(imageId, listed, context);
    if (many && listed.length === 0) return (await seesImported(event, context)) ? { ...head, many } : undefined;
    if (visible.size === 0) return undefined;
    if (many) {
      // That a change was long is told to those who see that it was.
      return visible.size > MAX_LISTED ? { ...head, many } : { ...head, updated: [...visible], many: false };
    }
    const only = (uuids: readonly string[]): string[] => uuids.filter((uuid) => visible.has(uuid));
    return {
      ...head,
      created: only(event.created),
      updated: only(event.updated),
      deleted: only(event.deleted),
      many,
    };
  }

  /** A file tells as much of its annotation as the annotation does. */
  async function ofMedia(event: MediaChanged, principal: Principal): Promise<LiveEvent | undefined> {
    const { userId, ...rest } = event;
    const { projectId, imageId, annotationUuid } = event;
    if (!(await isNarrowed(principal, projectId))) return event;
    const visible = await annotations.visibleUuids(imageId, [annotationUuid], contextOf(principal, projectId));
    if (visible.size === 0) return undefined;
    return userId === principal.userId ? event : rest;
  }

  /** What others have the server do tells what they are at. */
  async function ofJobs(event: JobsChanged, principal: Principal): Promise<LiveEvent | undefined> {
    if (!(await isBlinded(principal, event.projectId))) return event;
    const rows = await database.sql.query<{ id: string }>(
      'select id from core.job where id = any($1::uuid[]) and created_by = $2',
      [event.jobIds, principal.userId],
    );
    return rows.length === 0 ? undefined : { ...event, jobIds: rows.map(({ id }) => id) };
  }

  async function ofImages(event: ImagesChanged, principal: Principal): Promise<LiveEvent | undefined> {
    const there = await seeing.visibleImages.of(principal, event.projectId);
    if (!there) return event;
    const imageIds = event.imageIds.filter((id) => there.has(id));
    return imageIds.length === 0 ? undefined : { ...event, imageIds };
  }

  async function ofPlugin(event: PluginEvent, principal: Principal): Promise<LiveEvent | undefined> {
    const { userIds, ...told } = event;
    if (userIds === 'all') return told;
    if (userIds) return userIds.includes(principal.userId) ? told : undefined;
    return (await isBlinded(principal, event.projectId)) ? undefined : told;
  }

  /** Of a change that was too large to list. */
  async function readUuids({ changeId, userId }: AnnotationsChanged): Promise<string[]> {
    const rows = await database.sql.query<{ uuid: string }>(
      'select unnest(uuids) as uuid from core.annotation_change where change_id = $1 and user_id = $2',
      [changeId, userId],
    );
    return rows.map((row) => row.uuid);
  }

  /** Imports do not note their UUIDs; their rows have the time of the note. */
  async function seesImported(
    { changeId, userId, imageId }: AnnotationsChanged,
    context: HookContext,
  ): Promise<boolean> {
    const { text, values } = await visibleWhere({ imageId, deleted: 'all' }, { hooks, seeing, context });
    const [row] = await database.sql.query(
      `select from core.annotation a where ${text} and a.created_at = (select at from core.annotation_change
         where change_id = $${values.length + 1} and user_id = $${values.length + 2}) limit 1`,
      [...values, changeId, userId],
    );
    return row !== undefined;
  }
}

const isOfPlugin = (event: LiveEvent): event is PluginEvent => event.topic.includes(':');
