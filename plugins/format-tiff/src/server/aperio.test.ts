import { expect, it } from 'vitest';
import { openTiff } from '@exact/tiff';
import { imageTags, short, text, writeTiff } from '../../../../packages/tiff/test/tiff-writer.ts';
import type { ImageSpec } from '../../../../packages/tiff/test/tiff-writer.ts';
import { readAperio } from './aperio.ts';
import type { SlideParts } from './parts.ts';

const tiled = (width: number, height: number, description: string): ImageSpec => ({
  tags: imageTags(width, height, [text(270, description), short(322, 256), short(323, 256)]),
  chunks: Array.from({ length: Math.ceil(width / 256) * Math.ceil(height / 256) }, () => Uint8Array.of(1)),
});
const stripped = (width: number, height: number, description: string): ImageSpec => ({
  tags: imageTags(width, height, [text(270, description)]),
  chunks: [Uint8Array.of(1)],
  tiled: false,
});

async function read(...images: readonly ImageSpec[]): Promise<SlideParts | undefined> {
  return readAperio(await openTiff(writeTiff(images)));
}

it.each([
  ['AppMag = 40|MPP = 0.2521', 0.2521, 40],
  ['Filename = secret|MPP = 0,2521|AppMag = 40', 0.2521, 40],
  ['MPP = 0|AppMag = 0', undefined, undefined],
  ['MPP = unknown', undefined, undefined],
  ['OriginalMPP = 0.25|Comment = MPP', undefined, undefined],
])('reads "%s"', async (fields, mpp, objective) => {
  const parts = await read(tiled(1000, 800, `Aperio Image Library v12.0\n1000x800 JPEG/RGB Q=70|${fields}`));
  expect(parts?.mpp?.x).toBe(mpp);
  expect(parts?.objective).toBe(objective);
});

it('takes tiled images for levels and names the others', async () => {
  const parts = await read(
    tiled(4000, 3000, 'Aperio Image Library\n'),
    stripped(400, 300, 'Aperio\n4000x3000 -> 400x300'),
    tiled(1000, 750, 'Aperio\n'),
    tiled(250, 187, 'Aperio\n'),
    stripped(300, 300, 'Aperio\nlabel 300x300'),
    stripped(800, 300, 'Aperio\nmacro 800x300'),
    stripped(20, 20, 'Aperio\npatient 20x20'),
  );
  expect(parts?.levels.map(([image]) => image?.width)).toEqual([4000, 1000, 250]);
  expect([...(parts?.associated.keys() ?? [])]).toEqual(['thumbnail', 'label', 'macro']);
});

it('leaves files of others alone', async () => {
  expect(await read(tiled(1000, 800, 'Not by Aperio'))).toBeUndefined();
  expect(await read(stripped(100, 80, 'Aperio Image Library'))).toBeUndefined();
});
