import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { createFakeServer, openTab, problem } from './fake-server.testing.ts';
import { makeUuid } from './uuid-v7.ts';
import type { Edit } from './edits.ts';

let server: ReturnType<typeof createFakeServer>;
let tab: ReturnType<typeof openTab>;
const box = (x: number) => ({ kind: 'box', x, y: 0, width: 10, height: 10 }) as const;
const create = (x = 0): Edit & { op: 'create' } => ({
  op: 'create',
  uuid: makeUuid(),
  templateId: 3,
  geometry: box(x),
});

beforeEach(async () => {
  vi.useFakeTimers();
  server = createFakeServer();
  tab = openTab(server);
  await tab.open();
});
afterEach(() => {
  tab.crash();
  vi.useRealTimers();
});

describe('writing', () => {
  it('shows a change at once and has it stored', async () => {
    const edit = create();
    tab.store.apply('Draw', [edit]);
    expect(tab.scene.has(edit.uuid)).toBe(true);
    expect(tab.store.countByTemplate()).toEqual(new Map([[3, 1]]));
    expect(tab.queue.status).toMatchObject({ state: 'saving', unsent: 1 });
    await tab.settle();
    expect(server.rows.get(edit.uuid)).toMatchObject({ geometry: box(0), revision: 1 });
    expect(tab.queue.status).toMatchObject({ state: 'saved', unsent: 0 });
    expect(tab.kept.size).toBe(0);
  });

  it('sends in order, each step on the revision that the one before got', async () => {
    const edit = create();
    tab.store.apply('Draw', [edit]);
    tab.store.apply('Move', [{ op: 'update', uuid: edit.uuid, geometry: box(5) }]);
    tab.store.apply('Class', [{ op: 'update', uuid: edit.uuid, templateId: 4 }]);
    tab.store.apply('Delete', [{ op: 'delete', uuid: edit.uuid }]);
    await tab.settle();
    expect(server.log).toEqual(['create 1', 'update 1', 'update 1', 'delete 1']);
    expect(server.rows.get(edit.uuid)).toMatchObject({ geometry: box(5), templateId: 4, deleted: true, revision: 4 });
  });

  it('joins quick steps of one kind that wait', async () => {
    const edit = create();
    tab.store.apply('Draw', [edit]);
    for (let x = 1; x <= 20; x++) tab.store.apply('Nudge', [{ op: 'update', uuid: edit.uuid, geometry: box(x) }]);
    await tab.settle();
    expect(server.log).toEqual(['create 1', 'update 1']);
    expect(server.rows.get(edit.uuid)?.geometry).toEqual(box(20));
  });

  it('puts coordinates on the grid of the server', () => {
    const edit = create(1 / 3);
    tab.store.apply('Draw', [edit]);
    expect(tab.store.get(edit.uuid)?.geometry).toEqual(box(85 / 256));
  });
});

describe('a cut connection', () => {
  it('keeps changes, tells how many, and sends them when the line is back', async () => {
    server.cut(true);
    for (let i = 0; i < 3; i++) tab.store.apply('Draw', [create(i)]);
    await tab.settle();
    expect(tab.queue.status).toMatchObject({ state: 'offline', unsent: 3 });
    expect(tab.kept.size).toBe(3);
    server.cut(false);
    tab.queue.retry();
    await tab.settle();
    expect(server.rows.size).toBe(3);
    expect(tab.queue.status.state).toBe('saved');
  });

  it('tries again by itself, later each time', async () => {
    server.cut(true);
    tab.store.apply('Draw', [create()]);
    await tab.settle();
    expect(tab.timers).toHaveLength(1);
    tab.timers.shift()?.();
    await tab.settle();
    server.cut(false);
    tab.timers.shift()?.();
    await tab.settle();
    expect(server.rows.size).toBe(1);
  });

  it('stores a change once whose answer was lost', async () => {
    server.loseAnswers(true);
    const edit = create();
    tab.store.apply('Draw', [edit]);
    await tab.settle();
    server.loseAnswers(false);
    tab.queue.retry();
    await tab.settle();
    expect(server.rows.get(edit.uuid)?.revision).toBe(1);
    expect(tab.queue.status.state).toBe('saved');
  });

  it('loses nothing over a crash: another page shows and sends what was unsent', async () => {
    const old = create(1);
    tab.store.apply('Draw', [old]);
    await tab.settle();
    server.cut(true);
    const fresh = create(2);
    tab.store.apply('Draw', [fresh]);
    tab.store.apply('Move', [{ op: 'update', uuid: old.uuid, geometry: box(50) }]);
    tab.store.apply('Move', [{ op: 'update', uuid: fresh.uuid, geometry: box(60) }]);
    await tab.settle();
    tab.crash();

    const next = openTab(server, tab.kept);
    await next.open();
    await next.settle();
    expect(next.store.get(fresh.uuid)?.geometry).toEqual(box(60));
    expect(next.store.get(old.uuid)?.geometry).toEqual(box(50));
    server.cut(false);
    next.queue.retry();
    await next.settle();
    expect([server.rows.get(old.uuid)?.geometry, server.rows.get(fresh.uuid)?.geometry]).toEqual([box(50), box(60)]);
    expect(next.queue.status.state).toBe('saved');
    next.crash();
  });

  it('waits for the same person when the session is over', async () => {
    server.refuse(problem('NOT_SIGNED_IN', 401));
    tab.store.apply('Draw', [create()]);
    await tab.settle();
    expect(tab.queue.status).toMatchObject({ state: 'signedOut', unsent: 1 });
    server.refuse(undefined);
    tab.queue.retry();
    await tab.settle();
    expect(server.rows.size).toBe(1);
  });
});

describe('undo and redo', () => {
  it('takes back and repeats drawing, moving, class, verdict, lock and deleting', async () => {
    const edit = create();
    const states: unknown[] = [];
    const look = () => {
      const record = tab.store.get(edit.uuid);
      states.push(
        record && !record.isDeleted ? [record.geometry, record.templateId, record.verdict, record.isLocked] : undefined,
      );
    };
    look();
    tab.store.apply('Draw', [edit]);
    look();
    tab.store.apply('Move', [{ op: 'update', uuid: edit.uuid, geometry: box(5) }]);
    look();
    tab.store.apply('Class', [{ op: 'update', uuid: edit.uuid, templateId: 4 }]);
    look();
    for (const verdict of ['accepted', 'rejected', 'none', 'accepted'] as const) {
      tab.store.apply('Verdict', [{ op: 'verify', uuid: edit.uuid, verdict }]);
      look();
    }
    tab.store.apply('Lock', [{ op: 'update', uuid: edit.uuid, locked: true }]);
    look();
    tab.store.apply('Delete', [{ op: 'delete', uuid: edit.uuid }]); // stays: it is locked
    tab.store.apply('Unlock', [{ op: 'update', uuid: edit.uuid, locked: false }]);
    look();
    tab.store.apply('Delete', [{ op: 'delete', uuid: edit.uuid }]);
    look();
    const forth = states.splice(0);
    look();
    while (tab.store.undo()) look();
    expect(states.splice(0)).toEqual([...forth].reverse());
    look();
    while (tab.store.redo()) look();
    expect(states).toEqual(forth);
    await tab.settle();
    expect(server.rows.get(edit.uuid)).toMatchObject({ templateId: 4, deleted: true });
  });

  it('keeps 200 steps and forgets what was undone when something new is done', () => {
    for (let i = 0; i < 210; i++) tab.store.apply('Draw', [create(i)]);
    let undone = 0;
    while (tab.store.undo()) undone += 1;
    expect(undone).toBe(200);
    tab.store.apply('Draw', [create()]);
    expect(tab.store.redo()).toBe(false);
  });

  it('asks instead of taking back what somebody else has changed since', async () => {
    const edit = create();
    tab.store.apply('Draw', [edit]);
    tab.store.apply('Move', [{ op: 'update', uuid: edit.uuid, geometry: box(5) }]);
    await tab.settle();
    server.other({ update: [{ uuid: edit.uuid, revision: 2, description: 'theirs' }] });
    tab.store.handleEvent(event({ updated: [edit.uuid] }));
    await vi.advanceTimersByTimeAsync(50);
    expect(tab.store.get(edit.uuid)?.description).toBe('theirs');
    tab.store.undo();
    await tab.settle();
    expect(tab.queue.status.conflicts).toHaveLength(1);
    expect(server.rows.get(edit.uuid)).toMatchObject({ geometry: box(5), description: 'theirs' });
    expect(tab.store.get(edit.uuid)?.geometry).toEqual(box(5));
  });
});

const event = (lists: { created?: string[]; updated?: string[]; deleted?: string[]; many?: boolean }) =>
  ({
    topic: 'annotations.changed',
    projectId: 1,
    imageId: 7,
    changeId: makeUuid(),
    userId: 2,
    created: [],
    updated: [],
    deleted: [],
    many: false,
    ...lists,
  }) as const;

describe('conflicts', () => {
  const meet = async () => {
    const edit = create();
    tab.store.apply('Draw', [edit]);
    await tab.settle();
    server.other({ update: [{ uuid: edit.uuid, revision: 1, geometry: box(99) }] });
    tab.store.apply('Class', [{ op: 'update', uuid: edit.uuid, templateId: 4 }]);
    tab.store.apply('Move', [{ op: 'update', uuid: edit.uuid, geometry: box(5) }]);
    const bystander = create(7);
    tab.store.apply('Draw', [bystander]);
    await tab.settle();
    const [conflict] = tab.queue.status.conflicts;
    return { uuid: edit.uuid, bystander, conflict: conflict! }; // asserted by its use in each test
  };

  it('shows what the other did, keeps mine, and lets the rest go on', async () => {
    const { uuid, bystander, conflict } = await meet();
    expect(tab.store.get(uuid)).toMatchObject({ geometry: box(99), templateId: 3 });
    expect(conflict.theirs?.[uuid]).toMatchObject({ geometry: box(99), editorId: 2 });
    expect(conflict.ops).toMatchObject([{ templateId: 4 }, { geometry: box(5) }]);
    expect(server.rows.has(bystander.uuid)).toBe(true);
    expect([...tab.kept.values()]).toMatchObject([{ state: 'conflict' }]);
  });

  it('keeps theirs', async () => {
    const { uuid, conflict } = await meet();
    tab.store.resolve(conflict.changeId, 'theirs');
    await tab.settle();
    expect(server.rows.get(uuid)).toMatchObject({ geometry: box(99), templateId: 3 });
    expect(tab.kept.size).toBe(0);
  });

  it('puts mine on top', async () => {
    const { uuid, conflict } = await meet();
    tab.store.resolve(conflict.changeId, 'mine');
    expect(tab.store.get(uuid)).toMatchObject({ geometry: box(5), templateId: 4 });
    await tab.settle();
    expect(server.rows.get(uuid)).toMatchObject({ geometry: box(5), templateId: 4, revision: 3 });
    expect(tab.queue.status).toMatchObject({ state: 'saved', conflicts: [] });
  });

  it('brings a deleted one back when mine goes on top', async () => {
    const edit = create();
    tab.store.apply('Draw', [edit]);
    await tab.settle();
    server.other({ delete: [{ uuid: edit.uuid, revision: 1 }] });
    tab.store.apply('Move', [{ op: 'update', uuid: edit.uuid, geometry: box(5) }]);
    await tab.settle();
    expect(tab.scene.has(edit.uuid)).toBe(false);
    tab.store.resolve(tab.queue.status.conflicts[0]?.changeId ?? '', 'mine');
    await tab.settle();
    expect(server.rows.get(edit.uuid)).toMatchObject({ geometry: box(5), deleted: false });
    expect(tab.scene.has(edit.uuid)).toBe(true);
  });

  it('asks nothing when both have deleted it', async () => {
    const edit = create();
    tab.store.apply('Draw', [edit]);
    await tab.settle();
    server.other({ delete: [{ uuid: edit.uuid, revision: 1 }] });
    tab.store.apply('Delete', [{ op: 'delete', uuid: edit.uuid }]);
    await tab.settle();
    expect(tab.queue.status).toMatchObject({ state: 'saved', conflicts: [] });
  });
});

describe('refusal', () => {
  it('takes the change back, keeps it in a list, and goes on with the next', async () => {
    const kept = create(1);
    tab.store.apply('Draw', [kept]);
    await tab.settle();
    server.refuse(problem('ANNOTATION_INVALID', 422));
    const bad = create(2);
    tab.store.apply('Draw', [bad]);
    tab.store.apply('Move', [{ op: 'update', uuid: bad.uuid, geometry: box(3) }]);
    await tab.settle();
    server.refuse(undefined);
    const next = create(4);
    tab.store.apply('Draw', [next]);
    await vi.advanceTimersByTimeAsync(100);
    expect(tab.scene.has(bad.uuid)).toBe(false);
    expect([...server.rows.keys()].sort()).toEqual([kept.uuid, next.uuid].sort());
    expect(tab.queue.status.rejected).toMatchObject([
      { problem: { code: 'ANNOTATION_INVALID' }, ops: [{ op: 'create' }, { op: 'update' }] },
    ]);
    tab.queue.discard(bad.uuid);
    expect(tab.queue.status.rejected).toHaveLength(1);
    tab.queue.discard(tab.queue.status.rejected[0]?.changeId ?? '');
    await tab.settle();
    expect(tab.kept.size).toBe(0);
  });

  it('shows a refused update as the server has it', async () => {
    const edit = create();
    tab.store.apply('Draw', [edit]);
    await tab.settle();
    server.refuse(problem('FORBIDDEN', 403));
    tab.store.apply('Move', [{ op: 'update', uuid: edit.uuid, geometry: box(5) }]);
    await vi.advanceTimersByTimeAsync(100);
    expect(tab.store.get(edit.uuid)?.geometry).toEqual(box(0));
    expect(tab.queue.status.state).toBe('saved');
  });
});

describe('what others do', () => {
  it('appears, moves and goes', async () => {
    const uuid = makeUuid();
    server.other({ create: [{ uuid, templateId: 3, geometry: box(1) }] });
    tab.store.handleEvent(event({ created: [uuid] }));
    await vi.advanceTimersByTimeAsync(50);
    expect(tab.store.get(uuid)?.geometry).toEqual(box(1));
    server.other({ update: [{ uuid, revision: 1, geometry: box(2) }] });
    tab.store.handleEvent(event({ updated: [uuid] }));
    await vi.advanceTimersByTimeAsync(50);
    expect(tab.store.get(uuid)?.geometry).toEqual(box(2));
    server.other({ delete: [{ uuid, revision: 2 }] });
    tab.store.handleEvent(event({ deleted: [uuid] }));
    await vi.advanceTimersByTimeAsync(50);
    expect(tab.scene.size).toBe(0);
    expect(tab.store.countByTemplate().size).toBe(0);
  });

  it('is read anew as a whole when it is much, with own unsent changes on top', async () => {
    const mine = create(1);
    const other = makeUuid();
    server.other({ create: [{ uuid: other, templateId: 3, geometry: box(1) }] });
    await tab.store.load();
    server.cut(true);
    tab.store.apply('Draw', [mine]);
    tab.store.apply('Move', [{ op: 'update', uuid: other, geometry: box(8) }]);
    const third = makeUuid();
    server.other({ create: [{ uuid: third, templateId: 3, geometry: box(1) }] });
    tab.store.handleEvent(event({ many: true }));
    await vi.advanceTimersByTimeAsync(50);
    expect([...[mine.uuid, other, third].map((uuid) => tab.scene.has(uuid))]).toEqual([true, true, true]);
    expect(tab.store.get(other)?.geometry).toEqual(box(8));
  });

  it('is asked for again after a cut connection', async () => {
    const uuid = makeUuid();
    server.other({ create: [{ uuid, templateId: 3, geometry: box(1) }] });
    server.cut(true);
    tab.store.handleEvent(event({ created: [uuid] }));
    await vi.advanceTimersByTimeAsync(50);
    server.cut(false);
    await vi.advanceTimersByTimeAsync(2500);
    expect(tab.scene.has(uuid)).toBe(true);
  });

  it('brings nothing new where it was done in this tab', async () => {
    tab.store.apply('Draw', [create()]);
    const changeId = [...tab.kept.keys()][0] ?? tab.queue.waitingOf(7)[0]?.changeId ?? '';
    await tab.settle();
    const list = vi.spyOn(server, 'list');
    tab.store.handleEvent({ ...event({ created: [makeUuid()] }), changeId });
    await vi.advanceTimersByTimeAsync(100);
    expect(list).not.toHaveBeenCalled();
  });
});
