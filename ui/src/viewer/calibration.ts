/** Units that people know lengths in, in µm. */
export const LENGTH_UNITS = { µm: 1, mm: 1000 } as const;
export type LengthUnit = keyof typeof LENGTH_UNITS;

interface Position {
  readonly x: number;
  readonly y: number;
}

/** As many digits as a hand-drawn line can hold, and a typed number needs. */
const DIGITS = 6;

/** Level-0 pixels between two points. */
export const pixelsBetween = ([a, b]: readonly [Position, Position]): number => Math.hypot(b.x - a.x, b.y - a.y);

/**
 * Micrometres for a level-0 pixel from a line of known length, for square pixels.
 *
 * @returns nothing where the length is no positive number, or the result is none that an image can have (0 to 10,000 µm)
 */
export function mppFromLine(line: readonly [Position, Position], length: number, unit: LengthUnit): number | undefined {
  return checkMpp((length * LENGTH_UNITS[unit]) / pixelsBetween(line));
}

/** What was typed, where an image can have it. */
export function checkMpp(mpp: number): number | undefined {
  return mpp > 0 && mpp <= 10_000 ? Number(mpp.toPrecision(DIGITS)) : undefined;
}
