import { fileURLToPath } from 'node:url';
import type { TestPerson } from '@exact/sdk/testing';
import sharp from 'sharp';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type BootedKernel, bootTestKernel } from '../testing.ts';

// A format whose plugin belongs to projects and not to the instance: sound files that become spectrograms.

const JOB = 'toy-sound:spectrogram';
const AXES = {
  x: { unit: 's', perPixel: 0.01, origin: 0 },
  y: { unit: 'Hz', perPixel: -10, origin: 24_000 },
} as const;
const SOUND = Buffer.from('RIFF of a killer whale');

let kernel: BootedKernel;
let mia: TestPerson;
let on: { readonly id: number; readonly imageSetId: number };
let off: { readonly id: number; readonly imageSetId: number };
let axes: unknown = AXES;

beforeAll(async () => {
  kernel = await bootTestKernel({
    plugins: [
      fileURLToPath(new URL('../../../plugins/format-tiff', import.meta.url)),
      {
        id: 'toy-sound',
        manifest: {
          level: 'project',
          permissions: { uses: ['jobs', 'images:files', 'images:read'], defines: [] },
          contributes: {
            hooks: ['images.plan'],
            jobs: [{ id: JOB, memoryMb: 256, timeoutS: 60, concurrency: 1 }],
          },
        },
        setup(ctx) {
          ctx.hooks.images.plan.tap(({ head }) =>
            Buffer.from(head.subarray(0, 4)).toString('latin1') === 'RIFF'
              ? { action: 'convert', job: JOB }
              : undefined,
          );
          ctx.jobs.work(JOB, async ({ imageId }) => {
            const id = Number(imageId);
            const path = await ctx.imageFiles.scratch(id, '.tif');
            await sharp({ create: { width: 600, height: 300, channels: 3, background: '#204060' } })
              .tiff({ tile: true, tileWidth: 256, tileHeight: 256, pyramid: true, compression: 'jpeg' })
              .withMetadata({ density: 300 })
              .toFile(path);
            await ctx.imageFiles.adopt(id, path, { axes: axes as typeof AXES });
          });
        },
      },
    ],
  });
  on = await kernel.project({ mia: 'manager' });
  off = await kernel.project({ mia: 'manager' });
  mia = await kernel.person('mia');
  await kernel.enable(on.id, 'toy-sound', true);
});
afterAll(() => kernel?.close());

const add = (imageSetId: number, name = 'whale.wav') => kernel.image(imageSetId, mia, { name, bytes: SOUND });
const tile = async (id: number): Promise<number> =>
  (await fetch(`${kernel.url}/api/v2/images/${id}/tiles/0/0/0`, { headers: { cookie: mia.cookie } })).status;

describe('a format of a plugin at the level of projects', () => {
  it('is taken where the plugin is on, and refused as unknown where it is off', async () => {
    const { id } = await add(on.imageSetId);
    const { body } = await mia.request('GET', `/api/v2/images/${id}`);
    expect(body).toMatchObject({ state: 'ready', width: 600, height: 300, axes: AXES });
    await expect(add(off.imageSetId)).rejects.toMatchObject({
      code: 'UPLOAD_REFUSED',
      data: { code: 'UNSUPPORTED_FORMAT' },
    });
  });

  it('is shown on after the plugin is switched off: what was adopted is a pyramid that others read', async () => {
    const { id } = await add(on.imageSetId);
    const before = await kernel.platform.domain.slides.info(id);
    await kernel.enable(on.id, 'toy-sound', false);
    await kernel.stop('toy-sound');
    expect(await tile(id)).toBe(200);
    const { body } = await mia.request('GET', `/api/v2/image-sets/${on.imageSetId}/images`);
    expect(body.items.map((item: { axes: unknown }) => item.axes)).toContainEqual(AXES);
    const pixels = await kernel.platform.domain.slides.pixels(id, { downsample: 10 });
    expect([pixels.width, pixels.height]).toEqual([60, 30]);
    expect(await kernel.platform.domain.slides.info(id)).toEqual(before);
    await expect(add(on.imageSetId)).rejects.toMatchObject({ data: { code: 'UNSUPPORTED_FORMAT' } });
    await kernel.start('toy-sound');
    await kernel.enable(on.id, 'toy-sound', true);
  });

  it('has axes and therefore no scale: neither from the file nor from people', async () => {
    const { id } = await add(on.imageSetId);
    const { body: image } = await mia.request('GET', `/api/v2/images/${id}`);
    expect([image.mppX, image.mppY]).toEqual([undefined, undefined]); // though its TIFF says 300 dpi
    for (const scale of [{ mppX: 0.5 }, { mppY: 0.5 }, { mppX: null, mppY: 0.5 }]) {
      const { status, body } = await mia.request('PATCH', `/api/v2/images/${id}`, scale);
      expect([status, body.code]).toEqual([422, 'INVALID_REQUEST']);
      expect(body.detail + JSON.stringify(body)).toContain('the axes of this image are s and Hz, no lengths');
    }
    expect((await mia.request('PATCH', `/api/v2/images/${id}`, { mppX: null, tags: ['orca'] })).status).toBe(200);
  });

  it.each([
    ['a step of 0', { ...AXES, x: { ...AXES.x, perPixel: 0 } }],
    ['an unknown unit', { ...AXES, y: { ...AXES.y, unit: 'dB' } }],
    ['no number', { ...AXES, y: { ...AXES.y, origin: NaN } }],
  ])('does not get axes that mean nothing: %s', async (_, wrong) => {
    axes = wrong;
    await expect(add(on.imageSetId)).rejects.toThrow('whale.wav');
    axes = AXES;
  });
});
