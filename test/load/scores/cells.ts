import { createRandom } from '../random.ts';

/** The paper's data set of hemosiderophages: Marzahl et al. 2021. */
export const PAPER_CELLS = 78_047;

/** A made cell: a box of 24 px by its middle. */
export interface MadeCell {
  readonly x: number;
  readonly y: number;
  readonly grade: number;
}

/** Cells in clumps and between them, over a square slide; the same each time. */
export function makeCells(count: number, sidePx: number, seed = 5): MadeCell[] {
  const random = createRandom(seed);
  const clumps = Array.from({ length: 60 }, () => ({
    x: random() * sidePx,
    y: random() * sidePx,
    radius: (0.01 + 0.06 * random()) * sidePx,
    grade: 4 * random(),
  }));
  const inside = (value: number): number => Math.min(sidePx - 13, Math.max(13, Math.round(value)));
  return Array.from({ length: count }, () => {
    const clump = clumps[Math.floor(random() * clumps.length)]!;
    const isLoose = random() < 0.2;
    const [angle, away] = [random() * 2 * Math.PI, Math.sqrt(random()) * clump.radius];
    return {
      x: inside(isLoose ? random() * sidePx : clump.x + away * Math.cos(angle)),
      y: inside(isLoose ? random() * sidePx : clump.y + away * Math.sin(angle)),
      grade: Math.max(0, Math.min(4, Math.round(clump.grade + 2 * (random() - 0.5)))),
    };
  });
}
