import { area, type Geometry, type PolygonGeometry } from '@exact/geometry';
import type { Template } from '@exact/sdk/contract';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { createFakeServer, openTab } from '../store/fake-server.testing.ts';
import { makeUuid, type AnnotationRecord } from '../store/index.ts';
import { OPERATIONS, runOperation, type OperationInput, type OperationName, type Outcome } from './index.ts';

let server: ReturnType<typeof createFakeServer>;
let tab: ReturnType<typeof openTab>;
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

const CELL = { id: 3, kind: 'polygon', name: 'Cell', active: true } as Template;
const TISSUE = { id: 4, kind: 'polygon', name: 'Tissue', active: true } as Template;
const FRAME = { id: 5, kind: 'box', name: 'Frame', active: true } as Template;

const square = (x: number, y: number, size: number, ...holes: number[][]): PolygonGeometry => ({
  kind: 'polygon',
  polygons: [[[x, y, x + size, y, x + size, y + size, x, y + size], ...holes]],
});
const box = (x: number): Geometry => ({ kind: 'box', x, y: 0, width: 100, height: 100 });
const hole = (x: number, y: number, size: number): number[] => [x, y, x, y + size, x + size, y + size, x + size, y];

function draw(geometry: Geometry, templateId = CELL.id, more: { description?: string; meta?: object } = {}): string {
  const uuid = makeUuid();
  tab.store.apply('Draw', [{ op: 'create', uuid, templateId, geometry, ...more } as never]);
  return uuid;
}
/** Does an operation to annotations in this order, and stores what it says. */
function operate(name: OperationName, uuids: readonly string[], more: Partial<OperationInput> = {}): Outcome {
  const outcome = runOperation(OPERATIONS[name], {
    records: uuids.flatMap((uuid) => tab.store.get(uuid) ?? []),
    template: CELL,
    templates: [CELL, TISSUE, FRAME],
    pixel: 1,
    aside: [10, 10],
    image: { width: 8192, height: 8192 },
    isLocked: (record) => record.isLocked,
    makeUuid,
    ...more,
  });
  if ('edits' in outcome) tab.store.apply(name, outcome.edits);
  return outcome;
}
const alive = (): AnnotationRecord[] => tab.store.query();
const areaAt = (uuid: string): number => area(tab.store.get(uuid)?.geometry ?? { kind: 'point', x: 0, y: 0 });
const refusal = (key: string): unknown => ({ refusal: expect.objectContaining({ key }) as unknown });

describe('merge', () => {
  it('makes one of all areas with the words of the first polygon, as one step', async () => {
    const frame = draw(box(50), FRAME.id);
    const first = draw(square(0, 0, 100), TISSUE.id, { description: 'margin', meta: { stage: 2 } });
    const other = draw(square(90, 0, 100));
    const outcome = operate('merge', [frame, first, other]);
    expect(outcome).toMatchObject({ select: [first], notes: [{ key: 'merged', values: { count: 3 } }] });
    expect(alive().map(({ uuid }) => uuid)).toEqual([first]);
    expect(areaAt(first)).toBe(19_000);
    expect(tab.store.get(first)).toMatchObject({ templateId: TISSUE.id, description: 'margin', meta: { stage: 2 } });
    await tab.settle();
    expect([...server.rows.values()].filter((row) => !row.deleted)).toHaveLength(1);
    expect(tab.store.undo()).toBe(true);
    expect(alive()).toHaveLength(3);
    expect(areaAt(first)).toBe(10_000);
  });

  it('keeps shapes that are apart as parts of one annotation', () => {
    const uuids = [draw(square(0, 0, 10)), draw(square(50, 0, 10))];
    expect(operate('merge', uuids)).toMatchObject({ notes: [{ key: 'mergedApart', values: { parts: 2 } }] });
  });

  it('says what is missing', () => {
    const polygon = draw(square(0, 0, 10));
    const point = draw({ kind: 'point', x: 5, y: 5 }, 9);
    expect(operate('merge', [polygon, point])).toEqual(refusal('needTwo'));
    expect(operate('merge', [draw(box(0), FRAME.id), draw(box(50), FRAME.id)])).toEqual(refusal('needPolygon'));
    const locked = draw(square(5, 0, 10));
    tab.store.apply('Lock', [{ op: 'update', uuid: locked, locked: true }]);
    expect(operate('merge', [polygon, locked])).toEqual(refusal('locked'));
    expect(areaAt(polygon)).toBe(100);
  });
});

describe('subtract and intersect', () => {
  it('cut the others off the first, which may be locked themselves, and leave them', () => {
    const [first, frame] = [draw(square(0, 0, 100)), draw(box(50), FRAME.id)];
    tab.store.apply('Lock', [{ op: 'update', uuid: frame, locked: true }]);
    expect(operate('subtract', [first, frame])).toMatchObject({ select: [first] });
    expect(areaAt(first)).toBe(5000);
    expect(alive()).toHaveLength(2);
    expect(operate('subtract', [first, frame])).toEqual(refusal('apart'));
    expect(operate('subtract', [frame, first])).toEqual(refusal('firstNoPolygon'));
    expect(operate('subtract', [first, draw(square(-10, -10, 300))])).toEqual(refusal('nothingLeft'));
  });

  it('keep what all have in common', () => {
    const uuids = [draw(square(0, 0, 100)), draw(square(50, 0, 100)), draw(square(0, 50, 100))];
    const apart = draw(square(500, 0, 10));
    expect(operate('intersect', [uuids[0]!, apart])).toEqual(refusal('nothingCommon'));
    expect(operate('intersect', uuids)).toMatchObject({ select: [uuids[0]] });
    expect(areaAt(uuids[0]!)).toBe(2500);
    expect(alive()).toHaveLength(2);
  });

  it('refuse a result that would lie outside of the image', () => {
    const uuids = [draw(square(-50, 0, 100)), draw(square(-50, 0, 40))];
    expect(operate('intersect', uuids)).toMatchObject({
      refusal: { text: expect.stringContaining('outside') as string },
    });
  });
});

describe('fill holes, remove small, simplify and smooth', () => {
  it('work on all selected polygons that are not locked', () => {
    const holed = draw(square(0, 0, 100, hole(10, 10, 4), hole(50, 50, 20)));
    const locked = draw(square(0, 200, 100, hole(10, 210, 4)));
    tab.store.apply('Lock', [{ op: 'update', uuid: locked, locked: true }]);
    const outcome = operate('removeSmall', [holed, locked]);
    expect(outcome).toMatchObject({ notes: [{ key: 'lockedLeft', values: { count: 1 } }] });
    expect(areaAt(holed)).toBe(9600);
    expect(operate('fillHoles', [holed])).toMatchObject({ select: [holed] });
    expect(areaAt(holed)).toBe(10_000);
    expect(operate('fillHoles', [holed])).toEqual(refusal('noHoles'));
    expect(operate('removeSmall', [holed], { pixel: 1000 })).toEqual(refusal('nothingSmall'));
    expect(operate('fillHoles', [draw(box(0), FRAME.id)])).toEqual(refusal('needPolygons'));
    expect(operate('fillHoles', [locked])).toEqual(refusal('locked'));
  });

  it('mean tolerances as they look at the magnification', () => {
    const ring = Array.from({ length: 200 }, (_, i) => [
      500 + (100 + (i % 2)) * Math.cos((i * Math.PI) / 100),
      500 + (100 + (i % 2)) * Math.sin((i * Math.PI) / 100),
    ]).flat();
    const round = draw({ kind: 'polygon', polygons: [[ring]] });
    expect(operate('simplify', [round], { pixel: 0.1 })).toEqual(refusal('nothingToSimplify'));
    expect(operate('simplify', [round], { pixel: 2 })).toMatchObject({ notes: [{ values: { before: 200 } }] });
    expect(operate('simplify', [round], { pixel: 2 })).toEqual(refusal('nothingToSimplify'));
    expect(operate('smooth', [round], { pixel: 2 })).toMatchObject({ select: [round] });
    expect(tab.store.undo() && tab.store.undo()).toBe(true);
    expect(tab.store.get(round)?.geometry).toMatchObject({ polygons: [[{ length: 400 }]] });
  });
});

describe('polygons of boxes and ellipses', () => {
  it('get the class in hand, or the only one for polygons', () => {
    const [one, ellipse] = [draw(box(0), FRAME.id), draw({ kind: 'ellipse', cx: 300, cy: 99, rx: 50, ry: 30 }, 6)];
    expect(operate('toPolygons', [one, ellipse], { template: FRAME })).toEqual(refusal('needPolygonClass'));
    expect(operate('toPolygons', [one, ellipse], { template: TISSUE })).toMatchObject({
      notes: [{ key: 'converted', values: { count: 2, name: 'Tissue' } }],
    });
    expect(tab.store.get(one)).toMatchObject({ templateId: TISSUE.id, geometry: { kind: 'polygon' } });
    expect(areaAt(one)).toBe(10_000);
    expect(areaAt(ellipse) / (Math.PI * 1500)).toBeCloseTo(1, 2);
    expect(operate('toPolygons', [one])).toEqual(refusal('needBoxes'));
    const only = draw(box(0), FRAME.id);
    expect(operate('toPolygons', [only], { template: FRAME, templates: [FRAME, CELL] })).toMatchObject({
      select: [only],
    });
    expect(tab.store.get(only)?.templateId).toBe(CELL.id);
  });
});

describe('duplicate', () => {
  it('copies shape, class and words aside, and selects the copies', () => {
    const first = draw(box(0), FRAME.id, { description: 'margin', meta: { stage: 2 } });
    const edge = draw({ kind: 'point', x: 8190, y: 5 }, 9);
    const outcome = operate('duplicate', [first, edge]);
    expect(outcome).toMatchObject({
      select: [expect.any(String)],
      notes: [{ key: 'someOutside', values: { count: 1 } }],
    });
    const copy = 'select' in outcome ? tab.store.get(outcome.select[0]!) : undefined;
    expect(copy).toMatchObject({
      geometry: { x: 10, y: 10 },
      templateId: FRAME.id,
      description: 'margin',
      meta: { stage: 2 },
    });
    expect(operate('duplicate', [edge])).toEqual(refusal('copyOutside'));
    expect(operate('duplicate', [draw({ kind: 'image' }, 9)])).toEqual(refusal('nothingToCopy'));
  });
});
