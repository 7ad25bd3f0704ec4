import type { ObjectState } from './evaluate.ts';

export interface Routed {
  readonly id: string;
  readonly state: ObjectState;
  /** 0 sure … 1 not sure at all; see `uncertaintyOf`. */
  readonly uncertainty?: number | undefined;
}

export interface RouteOptions {
  /** Share of the agreed and rejected ones that are looked at once more, 0…1. */
  readonly controlShare: number;
  /** The same seed draws the same ones, however many others there are. */
  readonly seed: number;
}

const RANK: Readonly<Record<ObjectState, number>> = { disputed: 0, open: 1, agreed: 2, rejected: 2, adjudicated: 3 };

/**
 * Gives the order of work: disputed objects first, then open ones, both by uncertainty, then a random sample of those that are
 * settled, for control. What an adjudicator has decided does not come again. Ties go by id.
 */
export function route<T extends Routed>(objects: readonly T[], { controlShare, seed }: RouteOptions): T[] {
  return objects
    .map((object) => ({ object, rank: RANK[object.state], draw: drawOf(object.id, seed) }))
    .filter(({ rank, draw }) => rank < 2 || (rank === 2 && draw < controlShare))
    .sort(
      (a, b) =>
        a.rank - b.rank ||
        (a.rank === 2 ? a.draw - b.draw : (b.object.uncertainty ?? 0) - (a.object.uncertainty ?? 0)) ||
        (a.object.id < b.object.id ? -1 : 1),
    )
    .map(({ object }) => object);
}

/** A number in [0, 1) that follows from an id and a seed (FNV-1a, mixed as MurmurHash3 does at its end). */
function drawOf(id: string, seed: number): number {
  let hash = 0x811c9dc5;
  for (const char of `${seed} ${id}`) hash = Math.imul(hash ^ (char.codePointAt(0) ?? 0), 0x01000193);
  hash = Math.imul(hash ^ (hash >>> 16), 0x85ebca6b);
  hash = Math.imul(hash ^ (hash >>> 13), 0xc2b2ae35);
  return ((hash ^ (hash >>> 16)) >>> 0) / 4_294_967_296;
}
