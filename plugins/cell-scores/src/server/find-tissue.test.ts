import { describe, expect, it } from 'vitest';
import { findTissue } from './find-tissue.ts';

const size = { width: 80, height: 60 };
type Colour = readonly [number, number, number];
const paint = (colour: (x: number, y: number) => Colour) => ({
  ...size,
  data: Uint8Array.from({ length: size.width * size.height * 3 }, (_, i) => {
    const pixel = Math.floor(i / 3);
    return colour(pixel % size.width, Math.floor(pixel / size.width))[i % 3] ?? 0;
  }),
});
const [glass, stroma, nucleus, black, glow]: Colour[] = [
  [243, 243, 245],
  [225, 170, 205],
  [110, 70, 150],
  [6, 4, 8],
  [40, 190, 60],
];
/** Nuclei of 6 px every 20 px. */
const tissue = (x: number, y: number): Colour => (x % 20 < 6 && y % 20 < 6 ? nucleus! : stroma!); // `!`: five colours above
const isIn = (x: number, y: number): boolean => x >= 20 && x < 60 && y >= 15 && y < 45;
const shareOf = (colour: (x: number, y: number) => Colour, threshold = 0): number => {
  const { bits } = findTissue(paint(colour), size, threshold);
  return bits.reduce((sum, bit) => sum + bit, 0) / bits.length;
};

describe('tissue', () => {
  it('is what is darker than the glass around it, nuclei and stroma', () => {
    expect(shareOf((x, y) => (isIn(x, y) ? tissue(x, y) : glass!))).toBeCloseTo(0.25, 1);
  });

  it('is all of a cut-out without glass, and not its nuclei only', () => {
    expect(shareOf(tissue)).toBe(1);
    expect(shareOf(() => nucleus!)).toBe(1);
  });

  it('is what is dark, although it reaches the border all around', () => {
    expect(shareOf((x, y) => (isIn(x, y) ? glass! : tissue(x, y)))).toBeCloseTo(0.75, 1);
  });

  it('is what glows in fluorescence', () => {
    expect(shareOf((x, y) => (isIn(x, y) ? glow! : black!))).toBeCloseTo(0.25, 1);
  });

  it.each([
    ['glass', glass],
    ['darkness', black],
  ])('is nowhere on even %s', (_, colour) => {
    expect(shareOf(() => colour!)).toBe(0);
  });

  it('is parted where somebody says so', () => {
    expect(shareOf((x, y) => (isIn(x, y) ? stroma! : glass!), 150)).toBe(0);
    expect(shareOf((x, y) => (isIn(x, y) ? stroma! : glass!), 220)).toBeCloseTo(0.25, 1);
  });
});
