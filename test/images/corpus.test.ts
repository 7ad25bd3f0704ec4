import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { describeWithData, TEST_DATA_FOLDER } from '../data.ts';
import { createImagePlatform, type ImagePlatform } from './platform.ts';
import { upload } from './tus.ts';

/** Good files that are nevertheless refused, and why. */
const KNOWN_REFUSALS: Readonly<Record<string, string>> = {
  'images/libtiffpic/README': 'UNSUPPORTED_FORMAT',
  'images/skimage/README.txt': 'UNSUPPORTED_FORMAT',
  // Old-style JPEG in TIFF: libvips is built without it.
  'images/libtiffpic/zackthecat.tif': 'UNSUPPORTED_FORMAT',
  // Fax data that end early: "text.tif" of libtiffpic is cut in its own collection.
  'images/libtiffpic/text.tif': 'TRUNCATED_FILE',
  // Thousands of samples a pixel.
  'images/skimage/multipage_rgb.tif': 'any',
};

const GOOD = [
  'images/bmp',
  'images/jpeg',
  'images/webp',
  'images/tiff',
  'images/skimage',
  'images/libtiffpic',
  'images/tiff-orientation',
  'derived/plain',
];
const BAD = [
  'malformed/bmp',
  'malformed/jpeg',
  'malformed/png',
  'malformed/tiff-fuzz',
  'malformed/slides',
  'malformed/other',
  'malformed/audio',
  'malformed/dicom',
];

describeWithData('every sample file', [...GOOD, ...BAD], () => {
  let platform: ImagePlatform;
  beforeAll(async () => {
    platform = await createImagePlatform();
  });
  afterAll(() => platform.close());

  /** @returns `ready`, or the code of the refusal */
  async function take(path: string): Promise<string> {
    const answer = await upload(platform.url, platform.imageSetId, path, readFileSync(join(TEST_DATA_FOLDER, path)));
    if (answer.status === 422) {
      expect(answer.problem?.detail.length, path).toBeGreaterThan(40);
      return answer.problem?.data?.code ?? '';
    }
    expect(answer.status, `${path}: ${answer.problem?.detail}`).toBe(204);
    const image = await platform.settled(Number(answer.headers.get('exact-image-id')));
    if (image.state === 'failed') expect(image.problem?.message.length, path).toBeGreaterThan(20);
    return image.state === 'ready' ? 'ready' : (image.problem?.code ?? '');
  }
  const filesOf = (folder: string) => readdirSync(join(TEST_DATA_FOLDER, folder)).map((name) => `${folder}/${name}`);

  it.each(GOOD)('is taken and shown: %s', { timeout: 240_000 }, async (folder) => {
    const outcomes = await Promise.all(filesOf(folder).map(async (path) => [path, await take(path)] as const));
    for (const [path, outcome] of outcomes) {
      const refusal = path.endsWith('.jp2') ? 'UNSUPPORTED_FORMAT' : KNOWN_REFUSALS[path];
      if (refusal === undefined) expect(outcome, path).toBe('ready');
      else if (refusal !== 'any') expect(outcome, path).toBe(refusal);
    }
  });

  it.each(BAD)('ends with a picture or a code, and the server lives: %s', { timeout: 300_000 }, async (folder) => {
    const before = process.memoryUsage().rss;
    await Promise.all(
      filesOf(folder).map(async (path) => expect(await take(path), path).toMatch(/^(ready|[A-Z][A-Z_]+)$/)),
    );
    expect((process.memoryUsage().rss - before) / 2 ** 20).toBeLessThan(400);
    expect(await take('images/jpeg/3.jpg')).toBe('ready');
  });
});
