import { randomUUID } from 'node:crypto';
import type { AnnotationsChanged, ImagesChanged, LiveEvent } from '@exact/sdk/contract';
import type { EventOutbox, SequencedEvent } from '../../db/outbox.ts';

/** How far the annotations of an image are, as this process knows. */
export interface Revision {
  /** Place of their last event, or a later time: from there on to watch for what comes after this revision. */
  readonly cursor: number;
  /**
   * Changes with every change that this process knows of; the same on all processes unless they have just written. May hold
   * the place of another image's event: not to be told as it is.
   */
  readonly label: string;
}

/**
 * Tells revisions of images. Whatever is read after a revision was asked for holds at least all changes up to it, since
 * events get their place after their commit. It may hold more: changes that are committed and not numbered yet. These get a
 * higher place within milliseconds (a second at worst), the label becomes another one, and what was kept by the old one
 * is read again. So nothing stays old for longer than events take, and never for good.
 */
export interface Revisions {
  of(imageId: number): Promise<Revision>;
  /**
   * This process has just changed annotations of the image: what was read before is old for it at once.
   *
   * @param uuids - what was changed; all of the image when not given
   */
  touch(imageId: number, uuids?: readonly string[]): void;
  /** Is told of each change, in the order of the labels. */
  onChange(handler: (imageId: number, change: RevisionChange) => void): void;
  close(): void;
}

export interface RevisionChange {
  /** Absent: any annotation of the image. */
  readonly uuids: readonly string[] | undefined;
  /** Of the image from now on. */
  readonly label: string;
}

interface Known {
  position: number;
  /** Changes that this process made itself. */
  touches: number;
}

/** Images that are remembered one by one; beyond that, the oldest are taken to have changed. */
const MAX_IMAGES = 20_000;

export function createRevisions(outbox: Pick<EventOutbox, 'current' | 'last' | 'subscribe'>): Revisions {
  const images = new Map<number, Known>();
  const handlers = new Set<(imageId: number, change: RevisionChange) => void>();
  const process = randomUUID().slice(0, 8);
  /** All images that are not in the map have changed here at the latest. */
  let floor = 0;
  let floorTouches = 0;
  let hasHeard = false;

  function know(imageId: number): Known {
    const known = images.get(imageId) ?? { position: floor, touches: floorTouches };
    images.delete(imageId);
    images.set(imageId, known); // the newest last
    if (images.size > MAX_IMAGES) {
      const [oldest, left] = images.entries().next().value as [number, Known];
      images.delete(oldest);
      floor = Math.max(floor, left.position);
      // One that this process has touched needs a label that it never had.
      if (left.touches > 0) floorTouches = Math.max(floorTouches, left.touches + 1);
    }
    return known;
  }

  const labelOf = (position: number, touches: number): string =>
    touches === 0 ? String(position) : `${position}.${process}.${touches}`;

  function tell(imageId: number, { position, touches }: Known, uuids: readonly string[] | undefined): void {
    const label = labelOf(Math.max(position, floor), touches);
    for (const handler of handlers) handler(imageId, { uuids, label });
  }

  function follow(events: readonly SequencedEvent[]): void {
    for (const { cursor, event } of events) {
      const position = Number(cursor);
      // What happened before this process listened is not known.
      if (!hasHeard) floor = Math.max(floor, position - 1);
      hasHeard = true;
      for (const { imageId, uuids } of changesOf(event)) {
        const known = know(imageId);
        known.position = position;
        tell(imageId, known, uuids);
      }
    }
  }
  const unsubscribe = outbox.subscribe(follow);

  return {
    async of(imageId) {
      if (!hasHeard) floor = Math.max(floor, await outbox.last());
      const now = Number(await outbox.current());
      const known = images.get(imageId);
      const position = Math.max(known?.position ?? 0, floor);
      const touches = known?.touches ?? floorTouches;
      return { cursor: Math.max(known?.position ?? 0, now), label: labelOf(position, touches) };
    },
    touch(imageId, uuids) {
      const known = know(imageId);
      known.touches++;
      tell(imageId, known, uuids);
    },
    onChange(handler) {
      handlers.add(handler);
    },
    close: unsubscribe,
  };
}

function changesOf(event: LiveEvent): readonly { readonly imageId: number; readonly uuids?: readonly string[] }[] {
  if (event.topic === 'images.changed') return (event as ImagesChanged).imageIds.map((imageId) => ({ imageId }));
  if (event.topic !== 'annotations.changed') return [];
  const { imageId, many, created, updated, deleted } = event as AnnotationsChanged;
  return [many ? { imageId } : { imageId, uuids: [...created, ...updated, ...deleted] }];
}
