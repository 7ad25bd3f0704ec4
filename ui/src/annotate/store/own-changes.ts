import { bounds, overviewCell, type Bounds, type Geometry, type OverviewGrid } from '@exact/geometry';

/** Where an annotation is counted, or nothing while it does not live. */
export interface CountedAs {
  readonly templateId: number;
  readonly bounds: Bounds;
}

interface OwnChange {
  /** As the loaded counts have it. */
  base: CountedAs | undefined;
  /** What the server said it has stored since, and when: what is asked of it later shows that. */
  readonly stored: { readonly state: CountedAs | undefined; readonly at: number }[];
  /** As it is shown here. */
  current: CountedAs | undefined;
  isPending: boolean;
  /** All states that a loaded answer may show. */
  readonly places: CountedAs[];
  /** Everything asked for later than this shows how it ended. */
  settledAt: number;
}

export function countedAs(record: {
  readonly templateId: number;
  readonly geometry: Geometry;
  readonly isDeleted: boolean;
}): CountedAs | undefined {
  return record.isDeleted ? undefined : { templateId: record.templateId, bounds: bounds(record.geometry) };
}

/**
 * What this tab has changed and loaded counts and centres do not show yet. Counts plus these are exact at each moment; in the
 * centres they hide the old places, since the shape itself is drawn where it is now. Moments are numbers of a counter that goes
 * up with each question to the server.
 */
export class OwnChanges {
  private readonly changes = new Map<string, OwnChange>();

  get size(): number {
    return this.changes.size;
  }
  /** Whether it is to be drawn as a shape at any magnification. */
  has(uuid: string): boolean {
    return this.changes.has(uuid);
  }
  note(uuid: string, before: CountedAs | undefined, after: CountedAs | undefined): void {
    const known = this.changes.get(uuid);
    if (known) Object.assign(known, { current: after, isPending: true });
    else {
      const places = before ? [before] : [];
      const change = { base: before, stored: [], current: after, isPending: true, places, settledAt: Infinity };
      this.changes.set(uuid, change);
    }
  }
  /** The server has stored `state`, and knew it for all that is asked after `now`. */
  settle(uuid: string, state: CountedAs | undefined, now: number, isPending: boolean): void {
    const change = this.changes.get(uuid);
    if (!change) return;
    change.stored.push({ state, at: now });
    if (state) change.places.push(state);
    change.isPending = isPending;
    change.settledAt = now;
    if (!isPending) change.current = state;
  }
  /** The server has refused what was not stored yet. */
  refuse(uuid: string, now: number): void {
    const change = this.changes.get(uuid);
    if (!change) return;
    const last = change.stored.at(-1);
    Object.assign(change, { current: last ? last.state : change.base, isPending: false, settledAt: now });
  }
  /** The loaded counts are now those asked for at `askedAt`. */
  counted(askedAt: number): void {
    for (const change of this.changes.values()) {
      for (let next = change.stored[0]; next && next.at < askedAt; next = change.stored[0]) {
        change.base = next.state;
        change.stored.shift();
      }
    }
  }
  /**
   * Forgets what counts and centres show by now.
   *
   * @param isShown - whether no answer asked for up to a moment is on the screen at a place
   * @returns the uuids forgotten, and where they are and were
   */
  sweep(isShown: (place: CountedAs, settledAt: number) => boolean): { uuids: string[]; places: CountedAs[] } {
    const uuids: string[] = [];
    const places: CountedAs[] = [];
    for (const [uuid, change] of this.changes) {
      if (change.isPending || change.stored.length > 0) continue;
      if (!change.places.every((place) => isShown(place, change.settledAt))) continue;
      this.changes.delete(uuid);
      uuids.push(uuid);
      places.push(...change.places);
    }
    return { uuids, places };
  }
  /** Where everything noted is and was. */
  *places(): Generator<CountedAs> {
    for (const { places, current } of this.changes.values()) {
      yield* places;
      if (current) yield current;
    }
  }
  clear(): void {
    this.changes.clear();
  }
  *hidden(): Generator<CountedAs> {
    for (const { places } of this.changes.values()) yield* places;
  }
  /** What is to be added to the totals, by template. */
  totals(): Map<number, number> {
    const totals = new Map<number, number>();
    this.each((state, by) => totals.set(state.templateId, (totals.get(state.templateId) ?? 0) + by));
    return totals;
  }
  /** Adds them to the counts of a grid. */
  addTo(grid: OverviewGrid, countsOf: (templateId: number) => Uint32Array): void {
    this.each((state, by) => {
      const cell = overviewCell(grid, state.bounds);
      const counts = countsOf(state.templateId);
      if (cell >= 0) counts[cell] = Math.max(0, (counts[cell] ?? 0) + by);
    });
  }

  private each(add: (state: CountedAs, by: 1 | -1) => void): void {
    for (const { base, current } of this.changes.values()) {
      if (base) add(base, -1);
      if (current) add(current, 1);
    }
  }
}
