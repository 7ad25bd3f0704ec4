import { readFile } from 'node:fs/promises';
import sharp from 'sharp';

import type { TileServer } from './servers.ts';
import { type BenchSlide, looseName, TILE, type TileAddress } from './slide.ts';
import { join } from 'node:path';

/** Mean difference of samples (0…255) between a slide and what is made of its tiles by encoding them anew at Q80. */
const ENCODED_ANEW_MEAN = 6;

/**
 * Looks whether a server answers right before its speed means anything: status, kind, size, and the pixels against those that
 * libvips decodes from the slide at that place.
 *
 * @param tiles - tiles that lie wholly inside their level
 * @throws with the server, the tile and what is wrong with it
 */
export async function checkAnswers(
  server: TileServer,
  slide: BenchSlide,
  tiles: readonly TileAddress[],
): Promise<void> {
  for (const tile of tiles) {
    const wrong = (what: string): Error => new Error(`${server.title}: tile ${looseName(tile)} ${what}.`);
    const response = await fetch(server.url + server.pathOf(tile), {
      headers: server.cookie === undefined ? {} : { cookie: server.cookie },
    });
    if (response.status !== 200) throw wrong(`answered ${response.status}: ${(await response.text()).slice(0, 200)}`);
    if (response.headers.get('content-type') !== 'image/jpeg')
      throw wrong(`came as ${response.headers.get('content-type')}`);
    if (server.id === 'ours' && !response.headers.get('etag')) throw wrong('has no ETag');
    const bytes = Buffer.from(await response.arrayBuffer());
    const { data, info } = await sharp(bytes).removeAlpha().raw().toBuffer({ resolveWithObject: true });
    if (info.width !== TILE || info.height !== TILE) throw wrong(`is ${info.width} × ${info.height} px`);
    if (server.pixels === 'other') continue;
    if (server.pixels === 'stored' && !bytes.equals(await readFile(join(slide.looseFolder, looseName(tile)))))
      throw wrong('is not the stored one');
    const difference = meanDifference(data, await pixelsOfSlide(slide, tile));
    // libvips asks libjpeg for the same picture through libtiff; what is left is rounding.
    if (difference > (server.pixels === 'stored' ? 0.5 : ENCODED_ANEW_MEAN))
      throw wrong(`differs from the slide by ${difference.toFixed(2)} of 255 in the mean`);
  }
}

async function pixelsOfSlide(slide: BenchSlide, { level, col, row }: TileAddress): Promise<Buffer> {
  return sharp(slide.path, { page: level, limitInputPixels: false })
    .extract({ left: col * TILE, top: row * TILE, width: TILE, height: TILE })
    .removeAlpha()
    .raw()
    .toBuffer();
}

function meanDifference(a: Uint8Array, b: Uint8Array): number {
  if (a.length !== b.length) return Infinity;
  let sum = 0;
  for (let i = 0; i < a.length; i++) sum += Math.abs((a[i] ?? 0) - (b[i] ?? 0));
  return sum / a.length;
}
