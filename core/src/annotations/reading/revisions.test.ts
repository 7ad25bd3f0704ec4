import type { LiveEvent } from '@exact/sdk/contract';
import { describe, expect, it } from 'vitest';
import type { SequencedEvent } from '../../db/outbox.ts';
import { createRevisions, type RevisionChange } from './revisions.ts';

/** An outbox that tells what the test says. */
function outboxAt(start: number) {
  const handlers = new Set<(events: readonly SequencedEvent[]) => void>();
  let position = start;
  return {
    /** A clock that stands still, before all events. */
    current: async () => '3',
    last: async () => position,
    subscribe(handler: (events: readonly SequencedEvent[]) => void) {
      handlers.add(handler);
      return () => handlers.delete(handler);
    },
    tell(at: number, event: LiveEvent) {
      position = at;
      for (const handler of handlers) handler([{ cursor: String(at), event }]);
    },
  };
}

const changed = (imageId: number, uuids: readonly string[] = [], many = false): LiveEvent => ({
  topic: 'annotations.changed',
  projectId: 1,
  imageId,
  changeId: 'c',
  userId: 1,
  created: uuids,
  updated: [],
  deleted: [],
  many,
});

describe('the revision of an image', () => {
  it('changes with its own events and with those of its pixels, not with others', async () => {
    const outbox = outboxAt(40);
    const revisions = createRevisions(outbox);
    expect(await revisions.of(7)).toEqual({ cursor: 3, label: '40' });
    outbox.tell(41, changed(8));
    expect(await revisions.of(7)).toEqual({ cursor: 3, label: '40' });
    outbox.tell(42, changed(7));
    outbox.tell(43, { topic: 'jobs.changed', projectId: 1, jobIds: [] });
    expect(await revisions.of(7)).toEqual({ cursor: 42, label: '42' });
    outbox.tell(44, { topic: 'images.changed', projectId: 1, imageSetId: 1, imageIds: [6, 7] });
    expect((await revisions.of(7)).label).toBe('44');
  });

  it('is the newest possible where events may have been missed before it listened', async () => {
    const outbox = outboxAt(10);
    const revisions = createRevisions(outbox);
    expect((await revisions.of(7)).label).toBe('10');
    outbox.tell(90, changed(8)); // from 11 to 89 nothing was heard
    expect((await revisions.of(7)).label).toBe('89');
  });

  it('changes at once with what this process writes, in a way that no other process has', async () => {
    const [one, two] = [createRevisions(outboxAt(5)), createRevisions(outboxAt(5))];
    one.touch(7);
    two.touch(7);
    const labels = [(await one.of(7)).label, (await two.of(7)).label, '5'];
    one.touch(7);
    labels.push((await one.of(7)).label);
    expect(new Set(labels).size).toBe(4);
  });

  it('is never one that the image had before, also when it was forgotten among many', async () => {
    const outbox = outboxAt(1);
    const revisions = createRevisions(outbox);
    const labels = [(await revisions.of(0)).label];
    revisions.touch(0);
    labels.push((await revisions.of(0)).label);
    outbox.tell(2, changed(0));
    labels.push((await revisions.of(0)).label);
    for (let imageId = 1; imageId <= 20_001; imageId++) revisions.touch(imageId);
    labels.push((await revisions.of(0)).label);
    revisions.touch(0);
    labels.push((await revisions.of(0)).label);
    expect(new Set(labels).size).toBe(labels.length);
  });

  it('tells what has changed, where that is known, with the revision from then on', async () => {
    const outbox = outboxAt(1);
    const revisions = createRevisions(outbox);
    const told: [number, RevisionChange][] = [];
    revisions.onChange((imageId, change) => told.push([imageId, change]));
    outbox.tell(2, changed(7, ['a', 'b']));
    outbox.tell(3, changed(7, [], true));
    revisions.touch(7, ['c']);
    const { label } = await revisions.of(7);
    expect(told).toEqual([
      [7, { uuids: ['a', 'b'], label: '2' }],
      [7, { uuids: undefined, label: '3' }],
      [7, { uuids: ['c'], label }],
    ]);
    revisions.close();
    outbox.tell(4, changed(7));
    expect(told).toHaveLength(3);
  });
});
