import { describe, expect, it } from 'vitest';
import { differentialOf } from './differential-of.ts';
import type { ImageScores, MitoticAnswer } from './model.ts';
import { summarise } from './summary.ts';

const options = { isMapped: true, minimumCells: 100 };
const cells = (...counts: number[]) => differentialOf(counts, options);
const mitoses = (standardCount: number): MitoticAnswer => ({
  ...{ available: true, count: standardCount, standardCount, isConverted: false, perMm2: standardCount / 2.37 },
  ...{ lookAlikes: 0, site: 'hot-spot', window: { x: 0, y: 0, width: 1, height: 1 }, areaMm2: 2.37, aspect: 4 / 3 },
  ...{ scale: { mppX: 1, mppY: 1 }, warnings: [] },
});
const none: MitoticAnswer = { available: false, reason: 'no-scale' };
const image = (imageId: number, imageSetId: number, more: Omit<ImageScores, 'imageId' | 'imageSetId' | 'name'>) => ({
  ...{ imageId, imageSetId, name: `image ${imageId}` },
  ...more,
});

describe('scores of several images', () => {
  const images = [
    image(1, 10, {
      differential: cells(30, 10, 10, 0, 0),
      mitotic: mitoses(4),
      who: [
        { authorId: 7, differential: cells(20, 0, 0, 0, 0), mitotic: mitoses(4) },
        { layerId: 3, layerName: 'Model', differential: cells(10, 10, 10, 0, 0), mitotic: mitoses(0) },
      ],
    }),
    image(2, 10, {
      differential: cells(0, 0, 0, 0, 50),
      mitotic: none,
      who: [{ authorId: 7, differential: cells(0, 0, 0, 0, 50), mitotic: none }],
    }),
    image(3, 11, { differential: cells(0, 0, 0, 0, 0), mitotic: mitoses(10), who: [] }),
  ];
  const { all, imageSets, who } = summarise(images, 100);

  it('are shares of all their cells, not means of shares', () => {
    expect(all.differential).toMatchObject({ cells: 100, classes: { eosinophil: { share: 50 } }, warnings: [] });
    expect(imageSets.map(({ imageSetId, differential }) => [imageSetId, differential.available])).toEqual([
      [10, true],
      [11, false],
    ]);
    expect(imageSets[1]?.differential).toEqual({ available: false, reason: 'no-cells' });
  });

  it('are the mean and the highest mitotic count, and how many images have none', () => {
    expect(all.mitotic).toEqual({ images: 2, without: 1, mean: 7, highest: 10 });
    expect(imageSets[0]?.mitotic).toEqual({ images: 1, without: 1, mean: 4, highest: 4 });
  });

  it('are those of each reader and each layer', () => {
    expect(who.map(({ authorId, layerId, layerName }) => [authorId, layerId, layerName])).toEqual([
      [7, undefined, undefined],
      [undefined, 3, 'Model'],
    ]);
    expect(who[0]?.differential).toMatchObject({ cells: 70 });
  });

  it('are none of no images, and none where no template stands for a class', () => {
    expect(summarise([], 100)).toEqual({
      all: { differential: { available: false, reason: 'no-cells' }, mitotic: { images: 0, without: 0 } },
      imageSets: [],
      who: [],
    });
    const unmapped = image(1, 1, { differential: { available: false, reason: 'no-class' }, mitotic: none, who: [] });
    expect(summarise([unmapped], 100).all.differential).toEqual({ available: false, reason: 'no-class' });
  });
});
