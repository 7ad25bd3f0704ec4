import { randomUUID } from 'node:crypto';
import type { AnnotationsChanged, LiveEvent, MediaChanged } from '@exact/sdk/contract';
import type { Principal } from '@exact/sdk/server';
import type { AnnotationReader } from '../../annotations/read.ts';
import type { Services } from '../../services.ts';

/** Gives what of an event a receiver may know; nothing when that is nothing. Rights in the project are checked before. */
export type EventFilter = (event: LiveEvent, principal: Principal) => Promise<LiveEvent | undefined>;

/**
 * Makes the filter of live events: the ids of annotations pass the same rule as the annotations themselves. Costs nothing
 * where no plugin narrows what people see.
 */
export function createEventFilter(
  { database, hooks, log }: Services,
  annotations: Pick<AnnotationReader, 'visibleUuids'>,
): EventFilter {
  return async (event, principal) => {
    if (isMediaChanged(event)) return (await isVisible(event, principal)) ? event : undefined;
    if (!isAnnotationsChanged(event) || !hooks.annotations.visible.isUsed(event.projectId)) return event;
    const listed = event.many
      ? await readUuids(event.changeId)
      : [...event.created, ...event.updated, ...event.deleted];
    const visible = await visibleOf(event, listed, principal);
    if (visible.size === 0) return undefined;
    if (event.many) return event;
    const only = (uuids: readonly string[]): string[] => uuids.filter((uuid) => visible.has(uuid));
    return { ...event, created: only(event.created), updated: only(event.updated), deleted: only(event.deleted) };
  };

  /** A file tells as much of its annotation as the annotation does. */
  async function isVisible(event: MediaChanged, principal: Principal): Promise<boolean> {
    if (!hooks.annotations.visible.isUsed(event.projectId)) return true;
    return (await visibleOf(event, [event.annotationUuid], principal)).size > 0;
  }

  function visibleOf(
    { projectId, imageId }: AnnotationsChanged | MediaChanged,
    uuids: readonly string[],
    principal: Principal,
  ): Promise<ReadonlySet<string>> {
    const requestId = `live:${randomUUID()}`;
    const signal = AbortSignal.timeout(5000);
    return annotations.visibleUuids(imageId, uuids, { principal, projectId, requestId, signal, log });
  }

  /** Of a change that was too large to list. */
  async function readUuids(changeId: string): Promise<string[]> {
    const rows = await database.sql.query<{ uuid: string }>(
      'select unnest(uuids) as uuid from core.annotation_change where change_id = $1',
      [changeId],
    );
    return rows.map((row) => row.uuid);
  }
}

function isAnnotationsChanged(event: LiveEvent): event is AnnotationsChanged {
  return event.topic === 'annotations.changed';
}

function isMediaChanged(event: LiveEvent): event is MediaChanged {
  return event.topic === 'media.changed';
}
