/**
 * Closes gaps: widens what is set by a square and narrows it again. Beyond the border nothing is known, so nothing is taken away
 * there: what is set stays set.
 *
 * @param bits - 0 or 1, row by row
 * @param side - of the square, odd, in pixels; 1 gives a copy
 * @returns new bits. O(pixels), whatever the side
 */
export function closeMask(bits: Uint8Array, width: number, height: number, side: number): Uint8Array {
  const reach = side >> 1;
  if (reach === 0) return bits.slice();
  return both(both(bits, width, height, reach, 1), width, height, reach, 0);
}

/** Gives `value` to each pixel within `reach` of one that has it: along rows, then along columns, which makes the square. */
function both(bits: Uint8Array, width: number, height: number, reach: number, value: 0 | 1): Uint8Array {
  const rows = spread(bits, reach, value, { lines: height, length: width, lineStep: width, step: 1 });
  return spread(rows, reach, value, { lines: width, length: height, lineStep: 1, step: width });
}

interface Lines {
  readonly lines: number;
  readonly length: number;
  readonly lineStep: number;
  readonly step: number;
}

function spread(from: Uint8Array, reach: number, value: 0 | 1, { lines, length, lineStep, step }: Lines): Uint8Array {
  const to = new Uint8Array(from.length).fill(1 - value);
  for (let line = 0; line < lines; line++) {
    const start = line * lineStep;
    /** First place that is not yet written, and end of the stretch that is reached so far. */
    let written = 0;
    for (let i = 0; i < length; i++) {
      if (from[start + i * step] !== value) continue;
      const end = Math.min(length, i + reach + 1);
      for (let at = Math.max(written, i - reach); at < end; at++) to[start + at * step] = value;
      written = end;
    }
  }
  return to;
}
