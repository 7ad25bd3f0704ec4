/** A part of a recording, in seconds from its beginning. */
export interface Part {
  readonly fromS: number;
  readonly toS: number;
}

/** Frequencies that are let through, in Hz. */
export interface Band {
  readonly lowHz: number;
  readonly highHz: number;
}

/** Shorter parts cannot be heard as anything, and looping them would only crackle. */
export const SHORTEST_S = 0.005;

/** A part within a recording, ends in order; nothing where too little of it is left. */
export function partWithin(a: number, b: number, durationS: number): Part | undefined {
  const end = Number.isFinite(durationS) ? durationS : Infinity;
  const fromS = Math.max(0, Math.min(a, b));
  const toS = Math.min(end, Math.max(a, b));
  return toS - fromS >= SHORTEST_S ? { fromS, toS } : undefined;
}

/** The part of a time at which playing has to turn back or to end, with the reach of one look at the clock. */
export const isPast = ({ toS }: Part, timeS: number): boolean => timeS >= toS;
export const isWithin = ({ fromS, toS }: Part, timeS: number): boolean => timeS >= fromS - 0.001 && timeS < toS;
