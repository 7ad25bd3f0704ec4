import { describe, expect, it } from 'vitest';
import { PALETTE_KINDS, paletteOf } from '../picture/palettes.ts';
import { displayPrimitives, levelsByLuma } from './display.ts';

const stored = { palette: 'inferno', minDb: -110, maxDb: -20 } as const;

/** What the browser makes of a colour: the matrix, then the tables; 8 bits between the two. */
function shown(primitives: ReturnType<typeof displayPrimitives>, colour: readonly number[]): number[] {
  const [matrix, transfer] = primitives;
  if (!matrix || !transfer) return [...colour];
  const [r = 0, g = 0, b = 0] = String(matrix.attributes['values']).split(' ').map(Number);
  const luma = Math.round(r * (colour[0] ?? 0) + g * (colour[1] ?? 0) + b * (colour[2] ?? 0));
  return (transfer.children ?? []).map(({ attributes }) =>
    Math.round(Number(String(attributes['tableValues']).split(' ')[luma]) * 255),
  );
}
const colourOf = (palette: Uint8Array, level: number): number[] => [...palette.subarray(level * 3, level * 3 + 3)];

describe('showing a spectrogram in other colours', () => {
  it('changes nothing where all is as it was made', () => {
    expect(displayPrimitives(stored, { ...stored })).toEqual([]);
  });

  it.each(PALETTE_KINDS.flatMap((from) => PALETTE_KINDS.map((to) => [from, to] as const)))(
    'gives each level of %s its colour of %s',
    (from, to) => {
      const primitives = displayPrimitives({ ...stored, palette: from }, { ...stored, palette: to });
      const [before, after] = [paletteOf(from), paletteOf(to)];
      const worst = Math.max(
        ...Array.from({ length: 256 }, (_, level) => {
          const got = shown(primitives, colourOf(before, level));
          // a brightness of 8 bits tells levels apart to within two
          return Math.min(
            ...[-2, -1, 0, 1, 2].map((by) => {
              const want = colourOf(after, Math.min(255, Math.max(0, level + by)));
              return Math.max(...got.map((value, channel) => Math.abs(value - (want[channel] ?? 0))));
            }),
          );
        }),
      );
      expect(worst).toBeLessThanOrEqual(5);
    },
  );

  it('brings out what is faint when the range is narrowed from above', () => {
    const primitives = displayPrimitives({ ...stored, palette: 'grey' }, { palette: 'grey', minDb: -110, maxDb: -65 });
    expect(shown(primitives, [64, 64, 64])[0]).toBeCloseTo(128, -1);
    expect(shown(primitives, [200, 200, 200])).toEqual([255, 255, 255]);
  });

  it('reads levels from brightness in palettes that grow and in those that fall', () => {
    for (const kind of PALETTE_KINDS) {
      const levels = levelsByLuma(paletteOf(kind));
      expect(levels.every((level) => level >= 0 && level <= 1)).toBe(true);
    }
    expect(levelsByLuma(paletteOf('grey-inverted'))[255]).toBeCloseTo(0, 2);
  });
});
