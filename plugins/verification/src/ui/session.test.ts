import { beforeEach, describe, expect, it } from 'vitest';
import type { QueueItem } from '../shared/model.ts';
import { arriveAt, type Session, sessionOf } from './session.ts';

const item = (imageId: number): QueueItem =>
  ({ annotation: `a${imageId}`, imageId, templateId: 1, revision: 1, mine: null }) as QueueItem;

let projects = 0;
let session: Session;
beforeEach(() => {
  session = sessionOf(++projects);
  Object.assign(session, { isThrough: true, items: [item(1), item(1)], total: 2, done: 2 });
  session.said.set('a1', { verdict: 'accept' });
  session.history.push({ item: item(1), at: 0, before: undefined });
});

describe('a way through objects, when another image is opened', () => {
  it('ends where it was through that image, and leaves nothing to be taken back', () => {
    arriveAt(session, 2);
    expect(session).toMatchObject({ isOn: false, isThrough: false, items: [], total: 0, done: 0 });
    expect([session.said.size, session.history.length]).toEqual([0, 0]);
  });

  it('goes on where the image is the same', () => {
    arriveAt(session, 1);
    expect(session).toMatchObject({ isThrough: true, total: 2 });
    expect(session.history).toHaveLength(1);
  });

  it.each(['imageSet', 'project'] as const)('goes on where it is through the %s', (where) => {
    session.choice.where = where;
    arriveAt(session, 2);
    expect(session).toMatchObject({ isThrough: true, total: 2 });
    expect(session.history).toHaveLength(1);
  });
});
