import { describe, expect, it } from 'vitest';
import { boxInSight, centerFor, sizeInSight, windowOf } from './sight.ts';

/** A window of 1000 × 600 px on an image, at 2 level-0 pixels for a screen pixel; what a turned view shows is as high as it was wide. */
function viewOf(rotation: number, flipped = false) {
  const [dx, dy] = rotation % 180 === 0 ? [1000, 600] : [600, 1000];
  const bounds = { minX: 5000 - dx, minY: 4000 - dy, maxX: 5000 + dx, maxY: 4000 + dy };
  return { centerX: 5000, centerY: 4000, downsample: 2, rotation, flipped, bounds };
}
const NONE = { top: 0, right: 0, bottom: 0, left: 0 };
/** A map of 200 px at the right. */
const MAP = { top: 0, right: 200, bottom: 0, left: 0 };
const whole = (box: object | undefined) => Object.values(box ?? {}).map((value: number) => Math.round(value));

describe('what is in sight', () => {
  it('is all of the window where nothing lies over it, whatever way the image is turned', () => {
    for (const rotation of [0, 90, 180, 270])
      expect(whole(boxInSight(viewOf(rotation), NONE))).toEqual(whole(viewOf(rotation).bounds));
  });

  it.each([
    ['as it is', 0, false, [4000, 3400, 5600, 4600]],
    ['turned clockwise: the right of the window is the top of the image', 90, false, [4400, 3400, 5600, 5000]],
    ['on its head', 180, false, [4400, 3400, 6000, 4600]],
    ['turned the other way', 270, false, [4400, 3000, 5600, 4600]],
    ['mirrored', 0, true, [4400, 3400, 6000, 4600]],
    ['turned clockwise and mirrored', 90, true, [4400, 3000, 5600, 4600]],
  ] as const)('leaves out what the map covers, %s', (_, rotation, flipped, [minX, minY, maxX, maxY]) => {
    expect(whole(boxInSight(viewOf(rotation, flipped), MAP))).toEqual([minX, minY, maxX, maxY]);
  });

  it('is nothing that could be told of a box where the image is turned askew or nothing is shown yet', () => {
    expect(windowOf(viewOf(15))).toBeUndefined();
    expect(boxInSight({ ...viewOf(0), bounds: { minX: 0, minY: 0, maxX: 0, maxY: 0 } }, MAP)).toBeUndefined();
  });

  it('holds a field in its middle when the view is put where that asks for', () => {
    const field = { minX: 4000, minY: 3600, maxX: 5600, maxY: 4400 };
    for (const [rotation, flipped] of [
      [0, false],
      [90, false],
      [270, true],
    ] as const) {
      const { x, y } = centerFor(field, { rotation, flipped }, MAP, 2);
      const view = viewOf(rotation, flipped);
      const box = boxInSight({ ...view, centerX: x, centerY: y }, MAP);
      expect(whole({ x: (box?.minX ?? 0) + (box?.maxX ?? 0), y: (box?.minY ?? 0) + (box?.maxY ?? 0) })).toEqual([
        9600, 8000,
      ]);
    }
    expect(sizeInSight({ width: 1000, height: 600 }, 90, MAP)).toEqual({ width: 600, height: 800 });
  });
});
