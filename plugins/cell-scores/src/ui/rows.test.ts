import { describe, expect, it } from 'vitest';
import { differentialOf } from '../shared/differential-of.ts';
import type { ImageScores } from '../shared/model.ts';
import { summarise } from '../shared/summary.ts';
import { type Level, LEVELS, rowsOf } from './rows.ts';

const scores = (neutrophils: number) => ({
  differential: differentialOf([0, 0, neutrophils, 0, 0], { isMapped: true, minimumCells: 1 }),
  mitotic: { available: false as const, reason: 'no-scale' as const },
});
const images: ImageScores[] = [
  { imageId: 2, imageSetId: 20, name: 'b', ...scores(3), who: [{ authorId: 7, ...scores(3) }] },
  {
    ...{ imageId: 1, imageSetId: 10, name: 'z', ...scores(5) },
    who: [
      { layerId: 4, layerName: 'Model', ...scores(4) },
      { authorId: 7, ...scores(1) },
    ],
  },
  { imageId: 3, imageSetId: 10, name: 'a', ...scores(0), who: [] },
];
const names = {
  imageSet: (id: number) => (id === 10 ? 'Ones' : 'Twos'),
  person: (id: number) => `reader ${id}`,
};
const rows = (level: Level) => rowsOf(level, images, summarise(images, 1), names, 'All');
const cells = (level: Level) =>
  rows(level).map(({ name, who, differential }) => [
    name,
    who.join(', '),
    differential.available ? differential.cells : 0,
  ]);

describe('rows of scores', () => {
  it('are those of images by set and name, with who has worked there', () => {
    expect(cells('images')).toEqual([
      ['a', '', 0],
      ['z', 'Model, reader 7', 5],
      ['b', 'reader 7', 3],
    ]);
  });

  it('are those of each reader and layer on each image', () => {
    expect(cells('imageReaders')).toEqual([
      ['z', 'Model', 4],
      ['z', 'reader 7', 1],
      ['b', 'reader 7', 3],
    ]);
  });

  it('are sums of sets and of all, of readers and layers', () => {
    expect(cells('imageSets')).toEqual([
      ['Twos', '', 3],
      ['Ones', '', 5],
      ['All', '', 8],
    ]);
    expect(cells('readers')).toEqual([
      ['Model', '', 4],
      ['reader 7', '', 4],
    ]);
  });

  it.each(LEVELS)('have keys of their own: %s', (level) => {
    const keys = rows(level).map(({ key }) => key);
    expect(new Set(keys).size).toBe(keys.length);
  });
});
