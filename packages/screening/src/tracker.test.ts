import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  createSeenTracker,
  currentField,
  type FieldPlan,
  IDLE_AFTER_MS,
  isSeenBy,
  MIN_VISIT_MS,
  planFields,
  SEEN_SHARE,
  type Sight,
  statesOf,
  type Visit,
  VISIT_SHARE,
} from './index.ts';

/** 3 × 2 fields of 100 px, 15 % overlap. */
const plan: FieldPlan = planFields({
  region: { minX: 0, minY: 0, maxX: 270, maxY: 185 },
  ...{ fieldWidth: 100, fieldHeight: 100, overlap: 0.15, order: 'serpentine' },
});
const rule = { dwellMs: 500, downsample: 2 };
/** A view of one field, moved by so much. */
const at = (field: number, time: number, { dx = 0, downsample = 2 } = {}): Sight => {
  const { minX = 0, minY = 0, maxX = 0, maxY = 0 } = plan.fields[field] ?? {};
  return { at: time, bounds: { minX: minX + dx, minY, maxX: maxX + dx, maxY }, downsample };
};
const visit = (field: number, leftAt: number, more: Partial<Visit> = {}): Visit => ({
  ...{ field, enteredAt: leftAt - 600, leftAt, dwellMs: 600, share: 1, downsample: 2, marks: true },
  ...more,
});

describe('the tracker', () => {
  it('records a field when it is left, with how long it was on screen', () => {
    const tracker = createSeenTracker(plan, rule);
    expect(tracker.feed(at(0, 1000))).toEqual([]);
    expect(tracker.open(1499)).toMatchObject([{ field: 0, dwellMs: 499, isSeen: false }]);
    expect(tracker.open(1500)).toMatchObject([{ field: 0, dwellMs: 500, isSeen: true }]);
    const [first] = tracker.feed(at(1, 1800));
    expect(first).toEqual({
      ...{ field: 0, enteredAt: 1000, leftAt: 1800, dwellMs: 800, share: 1, downsample: 2, marks: true },
    });
    expect(first && isSeenBy(first, rule)).toBe(true);
    expect(tracker.pause(2100)).toMatchObject([{ field: 1, dwellMs: 300 }]);
    expect(tracker.pause(9000)).toEqual([]);
    expect(tracker.open(9000)).toEqual([]);
  });

  it('takes a field as seen from 95 % of it on, and not below', () => {
    for (const [dx, expected] of [
      [5, 'seen'],
      [5.1, 'partial'],
      [49, 'partial'],
      [51, 'unseen'],
    ] as const) {
      const tracker = createSeenTracker(plan, { ...rule });
      tracker.feed(at(3, 0, { dx }));
      expect(statesOf(6, tracker.pause(600), rule)[3], `${dx} px beside`).toBe(expected);
    }
  });

  it('takes nothing as seen that is shown too coarsely, with 2 % of tolerance', () => {
    for (const [downsample, count] of [
      [2.04, 1],
      [2.05, 0],
      [64, 0],
      [0.5, 1],
      [0, 0],
      [NaN, 0],
    ] as const) {
      const tracker = createSeenTracker(plan, rule);
      tracker.feed(at(0, 0, { downsample }));
      expect(tracker.pause(1000), String(downsample)).toHaveLength(count);
    }
  });

  it('keeps to the record that a reader has moved on without marking, and does not count it', () => {
    const tracker = createSeenTracker(plan, rule);
    tracker.feed(at(0, 0));
    const [first] = tracker.feed(at(1, 5000), { marks: false });
    expect(first).toMatchObject({ field: 0, dwellMs: 5000, marks: false });
    expect(statesOf(6, first ? [first] : [], rule)[0]).toBe('partial');
  });

  it('passes over what was on screen for an instant', () => {
    const tracker = createSeenTracker(plan, rule);
    tracker.feed(at(0, 0));
    expect(tracker.feed(at(1, MIN_VISIT_MS - 1))).toEqual([]);
    expect(tracker.feed(at(2, 2 * MIN_VISIT_MS))).toMatchObject([{ field: 1 }]);
  });

  it('counts nobody as looking who gives no sign for a minute', () => {
    const tracker = createSeenTracker(plan, rule);
    tracker.feed(at(0, 0));
    expect(tracker.open(10 * IDLE_AFTER_MS)).toMatchObject([{ dwellMs: IDLE_AFTER_MS }]);
    expect(tracker.feed(at(0, 10 * IDLE_AFTER_MS))).toMatchObject([{ field: 0, leftAt: IDLE_AFTER_MS }]);
    expect(tracker.pause(10 * IDLE_AFTER_MS + 700)).toMatchObject([{ field: 0, dwellMs: 700 }]);
  });

  it('bears a clock that is set back', () => {
    const tracker = createSeenTracker(plan, rule);
    tracker.feed(at(0, 10_000));
    tracker.feed(at(0, 4000));
    expect(tracker.pause(10_600)).toMatchObject([{ enteredAt: 10_000, leftAt: 10_600, dwellMs: 600 }]);
  });

  const sights = fc.array(
    fc.record({
      step: fc.integer({ min: 0, max: 3000 }),
      x: fc.integer({ min: -80, max: 280 }),
      y: fc.integer({ min: -80, max: 200 }),
      size: fc.integer({ min: 40, max: 320 }),
      downsample: fc.constantFrom(1, 2, 2.03, 2.5),
      marks: fc.boolean(),
    }),
    { minLength: 1, maxLength: 40 },
  );

  it('gives visits that can be true, each stay once, whatever the reader does', () => {
    fc.assert(
      fc.property(sights, (steps) => {
        const tracker = createSeenTracker(plan, rule);
        const visits: Visit[] = [];
        let now = 0;
        for (const { step, x, y, size, downsample, marks } of steps) {
          now += step;
          const bounds = { minX: x, minY: y, maxX: x + size, maxY: y + size };
          visits.push(...tracker.feed({ at: now, bounds, downsample }, { marks }));
        }
        visits.push(...tracker.pause(now + 1000));
        for (const { field, enteredAt, leftAt, dwellMs, share, downsample } of visits) {
          expect(plan.fields[field]).toBeDefined();
          expect(leftAt - enteredAt).toBeGreaterThanOrEqual(MIN_VISIT_MS);
          expect(dwellMs).toBeLessThanOrEqual(leftAt - enteredAt);
          expect(share).toBeGreaterThanOrEqual(VISIT_SHARE);
          expect(share).toBeLessThanOrEqual(1);
          expect(downsample).toBeLessThanOrEqual(2.04);
          if (dwellMs > 0) expect(share).toBeGreaterThanOrEqual(SEEN_SHARE);
        }
        for (const own of Map.groupBy(visits, ({ field }) => field).values())
          for (const [i, next] of own.slice(1).entries())
            expect(next.enteredAt).toBeGreaterThanOrEqual(own[i]?.leftAt ?? Infinity);
      }),
    );
  });

  it('counts the same time as sampling each millisecond does', () => {
    fc.assert(
      fc.property(sights, (steps) => {
        const tracker = createSeenTracker(plan, rule);
        const dwell = new Map<number, number>();
        let [now, total] = [0, 0];
        const visits: Visit[] = [];
        for (const [i, { step, x, y, size, downsample }] of steps.entries()) {
          now += step;
          const bounds = { minX: x, minY: y, maxX: x + size, maxY: y + size };
          visits.push(...tracker.feed({ at: now, bounds, downsample }));
          const until = steps[i + 1]?.step ?? 1000;
          for (const field of plan.fields) {
            const across = Math.min(bounds.maxX, field.maxX) - Math.max(bounds.minX, field.minX);
            const down = Math.min(bounds.maxY, field.maxY) - Math.max(bounds.minY, field.minY);
            const share = (Math.max(0, across) * Math.max(0, down)) / 10_000;
            if (share >= SEEN_SHARE && downsample <= 2.04)
              dwell.set(field.index, (dwell.get(field.index) ?? 0) + until);
          }
        }
        visits.push(...tracker.pause(now + 1000));
        total = visits.reduce((sum, { dwellMs }) => sum + dwellMs, 0);
        const sampled = [...dwell.values()].reduce((sum, ms) => sum + ms, 0);
        expect(total).toBeLessThanOrEqual(sampled);
        // what is missing are stays below the shortest that is recorded
        expect(sampled - total).toBeLessThanOrEqual(steps.length * plan.fields.length * MIN_VISIT_MS);
      }),
    );
  });
});

describe('states', () => {
  it('know seen again from seen on', () => {
    expect(statesOf(4, [visit(0, 1000), visit(0, 2000)], rule)[0]).toBe('seen');
    expect(statesOf(4, [visit(0, 1000), visit(1, 2000), visit(0, 3000)], rule)).toEqual([
      ...['revisited', 'seen', 'unseen', 'unseen'],
    ]);
    // looked at in part in between: the reader was not at another field
    expect(statesOf(4, [visit(0, 1000), visit(1, 2000, { dwellMs: 1 }), visit(0, 3000)], rule)[0]).toBe('seen');
  });

  it('are the same in whatever order the log comes, and never go back', () => {
    const any = fc.record({
      field: fc.integer({ min: 0, max: 5 }),
      leftAt: fc.integer({ min: 600, max: 20_000 }),
      dwellMs: fc.constantFrom(0, 499, 500, 600),
      share: fc.constantFrom(0.6, 0.95, 1),
      marks: fc.boolean(),
    });
    const rank = { unseen: 0, partial: 1, seen: 2, revisited: 3 };
    fc.assert(
      fc.property(fc.array(any, { maxLength: 30 }), fc.integer(), (drafts, salt) => {
        const visits = drafts.map(({ field, leftAt, ...more }) => visit(field, leftAt, more));
        const shuffled = visits
          .map((one, i) => [Math.imul(i + 1, salt | 1) >>> 0, one] as const)
          .sort(([a], [b]) => a - b)
          .map(([, one]) => one);
        const states = statesOf(6, visits, rule);
        expect(statesOf(6, shuffled, rule)).toEqual(states);
        const before = statesOf(6, [...visits].sort((a, b) => a.leftAt - b.leftAt).slice(0, -1), rule);
        for (const [i, state] of states.entries())
          expect(rank[state]).toBeGreaterThanOrEqual(rank[before[i] ?? 'unseen']);
      }),
    );
  });
});

it('tells which field a view is at, and none where the image is elsewhere', () => {
  expect(currentField(plan, at(4, 0, { dx: 7 }).bounds)?.index).toBe(4);
  expect(currentField(plan, { minX: 5000, minY: 0, maxX: 5100, maxY: 100 })).toBeUndefined();
  expect(currentField(plan, { minX: -1000, minY: -1000, maxX: 1270, maxY: 1185 })?.row).toBeDefined();
});
