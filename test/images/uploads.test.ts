import { createHash } from 'node:crypto';
import { readdirSync, readFileSync } from 'node:fs';
import { request } from 'node:http';
import { connect } from 'node:net';
import * as fs from 'node:fs/promises';
import { join } from 'node:path';
import sharp from 'sharp';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { describeWithData } from '../data.ts';
import { createImagePlatform, type ImagePlatform, viewer } from './platform.ts';
import { askUpload, createUpload, patchUpload, upload } from './tus.ts';

describeWithData('uploads', ['wsi/svs/CMU-1-Small-Region.svs'], (slidePath = '') => {
  let platform: ImagePlatform;
  const slide = () => readFileSync(slidePath);
  beforeAll(async () => {
    platform = await createImagePlatform();
  });
  afterAll(() => platform.close());
  const filesLeft = () => readdirSync(join(platform.storage.scratchFolder, 'uploads')).length;
  const metadata = (filename = 'patient Müller.svs') => ({ imageSetId: String(platform.imageSetId), filename });

  it('makes a readable slide ready in the answer to its last byte', async () => {
    const bytes = slide();
    const created = await createUpload(platform.url, bytes.length, metadata());
    expect(created.status).toBe(201);
    const half = bytes.length >> 1;
    expect((await patchUpload(created.location, 0, bytes.subarray(0, half))).headers.get('upload-offset')).toBe(
      String(half),
    );
    const last = await patchUpload(created.location, half, bytes.subarray(half));
    expect(last.status).toBe(204);
    const image = await platform.images.get(viewer(platform.manager), Number(last.headers.get('exact-image-id')));
    expect(image).toMatchObject({
      state: 'ready',
      width: 2220,
      height: 2967,
      vendor: 'aperio',
      privateName: 'patient Müller.svs',
      sizeBytes: bytes.length,
    });
    expect(image.sha256).toBe(createHash('sha256').update(bytes).digest('hex'));
    expect(image.publicName).toMatch(/^\d{6}-\d{4}-[2-9a-z]{4}$/);
    expect(platform.services.events.at(-1)).toMatchObject({ topic: 'images.changed', imageIds: [image.id] });
    const tile = await fetch(`${platform.url}/api/v2/images/${image.id}/tiles/0/0/0`);
    expect(tile.status).toBe(200);
    expect(filesLeft()).toBe(0);
  });

  it('tells an image that is in the set already, and takes it all the same', async () => {
    const first = await upload(platform.url, platform.imageSetId, 'a.svs', slide());
    const second = await upload(platform.url, platform.imageSetId, 'b.svs', slide());
    expect(second.status).toBe(204);
    expect(Number(second.headers.get('exact-duplicate-of'))).toBeLessThanOrEqual(
      Number(first.headers.get('exact-image-id')),
    );
    expect(second.headers.get('exact-image-id')).not.toBe(first.headers.get('exact-image-id'));
  });

  it('goes on where a broken connection ended, with the right sum of the whole', async () => {
    const bytes = slide();
    const created = await createUpload(platform.url, bytes.length, metadata());
    await breakOff(created.location, bytes, 300_000);
    let offset = 0;
    await expect
      .poll(async () => (offset = Number((await askUpload(created.location, 'HEAD')).headers.get('upload-offset'))))
      .toBeGreaterThan(0);
    expect(offset).toBeLessThan(bytes.length);
    const rest = await patchUpload(created.location, offset, bytes.subarray(offset));
    const image = await platform.images.get(viewer(platform.manager), Number(rest.headers.get('exact-image-id')));
    expect(image.sha256).toBe(createHash('sha256').update(bytes).digest('hex'));
  });

  it('answers 409 to a wrong offset and keeps what it has', async () => {
    const created = await createUpload(platform.url, 1000, metadata());
    await patchUpload(created.location, 0, new Uint8Array(100));
    expect((await patchUpload(created.location, 50, new Uint8Array(100))).problem?.code).toBe('CONFLICT');
    expect((await askUpload(created.location, 'HEAD')).headers.get('upload-offset')).toBe('100');
    expect((await askUpload(created.location, 'DELETE')).status).toBe(204);
    expect((await askUpload(created.location, 'HEAD')).status).toBe(404);
  });

  it('shows the uploads of others to nobody, and asks for the right at each request', async () => {
    const created = await createUpload(platform.url, 10, metadata());
    const asStranger = { 'x-user': 'stranger' };
    expect((await askUpload(created.location, 'HEAD', asStranger)).status).toBe(404);
    expect((await patchUpload(created.location, 0, new Uint8Array(10), asStranger)).status).toBe(404);
    expect((await askUpload(created.location, 'DELETE', asStranger)).status).toBe(404);
    expect((await createUpload(platform.url, 10, metadata(), asStranger)).problem?.code).toBe('FORBIDDEN');
    expect((await createUpload(platform.url, 10, { imageSetId: '999', filename: 'x' })).problem?.code).toBe(
      'NOT_FOUND',
    );
    await askUpload(created.location, 'DELETE');
  });

  it.each([
    ['an empty file', new Uint8Array(0), 'EMPTY_FILE'],
    ['a text', Buffer.from('these are notes, not a picture'), 'UNSUPPORTED_FORMAT'],
    ['a drawing with scripts', Buffer.from('<svg xmlns="http://www.w3.org/2000/svg"/>'), 'UNSUPPORTED_FORMAT'],
  ])('refuses %s with a code and a sentence, and keeps nothing of it', async (_what, bytes, code) => {
    const before = await countRows();
    const answer = await upload(platform.url, platform.imageSetId, 'notes.tif', bytes);
    expect(answer.status).toBe(422);
    expect(answer.problem).toMatchObject({ code: 'UPLOAD_REFUSED', data: { code } });
    expect(answer.problem?.detail).toContain('"notes.tif" was refused');
    expect(await countRows()).toBe(before);
    expect(filesLeft()).toBe(0);
  });

  it('refuses a slide that was cut short', async () => {
    const answer = await upload(platform.url, platform.imageSetId, 'cut.svs', slide().subarray(0, 1_000_000));
    expect(answer.problem?.data?.code).toBe('TRUNCATED_FILE');
  });

  it('refuses more than 64 MiB in one request before reading it', async () => {
    const created = await createUpload(platform.url, 100 * 2 ** 20, metadata());
    // Only the headers: the answer must not wait for the body.
    const answer = await new Promise<{ status: number | undefined; text: string }>((resolve, reject) => {
      const headers = {
        'tus-resumable': '1.0.0',
        'upload-offset': '0',
        'content-type': 'application/offset+octet-stream',
        'content-length': String(65 * 2 ** 20),
      };
      const sent = request(created.location, { method: 'PATCH', headers }, (response) => {
        let text = '';
        response
          .setEncoding('utf8')
          .on('data', (part: string) => (text += part))
          .on('end', () => {
            resolve({ status: response.statusCode, text });
            sent.destroy();
          });
      });
      sent.on('error', reject);
      sent.flushHeaders();
    });
    expect(answer.status).toBe(413);
    expect(answer.text).toContain('BODY_TOO_LARGE');
    await askUpload(created.location, 'DELETE');
  });

  it('takes the last piece back when the import fails for want of the database, and imports when it is sent again', async () => {
    const bytes = slide();
    const created = await createUpload(platform.url, bytes.length, metadata());
    platform.services.taps.set('images.beforeImport', () => {
      throw Object.assign(new Error('gone'), { code: '57P01' });
    });
    expect((await patchUpload(created.location, 0, bytes)).status).toBe(500);
    platform.services.taps.delete('images.beforeImport');
    const offset = Number((await askUpload(created.location, 'HEAD')).headers.get('upload-offset'));
    expect(offset).toBeLessThan(bytes.length);
    expect((await patchUpload(created.location, offset, bytes.subarray(offset))).status).toBe(204);
  });

  it('lists by keyset, search and tag, and shows private names to managers only', async () => {
    const { images, manager, imageSetId } = platform;
    const all = await images.list(viewer(manager), imageSetId, {});
    const pages = [];
    for (let cursor: string | undefined; ;) {
      const page = await images.list(viewer(manager), imageSetId, {
        limit: 2,
        ...(cursor === undefined ? {} : { cursor }),
      });
      pages.push(...page.items);
      if (page.next === undefined) break;
      cursor = page.next;
    }
    expect(pages).toEqual(all.items);
    expect((await images.list(viewer(manager), imageSetId, { search: 'müller' })).items.length).toBeGreaterThan(0);
    const annotator = { principal: manager, role: 'annotator' as const };
    expect((await images.list(annotator, imageSetId, { search: 'müller' })).items).toEqual([]);
    expect(all.items[0]?.privateName).toBeDefined();
    expect((await images.list(annotator, imageSetId, {})).items[0]).not.toHaveProperty('privateName');
    const id = all.items[0]?.id ?? 0;
    expect(await images.update(viewer(manager), id, { tags: ['HE', 'HE', 'x'], mppX: 0.5, mppY: null })).toMatchObject({
      tags: ['HE', 'x'],
      mppX: 0.5,
    });
    expect((await images.list(viewer(manager), imageSetId, { tags: ['HE'] })).items.map((image) => image.id)).toEqual([
      id,
    ]);
    await expect(images.update(viewer(manager), id, { publicName: all.items[1]?.publicName })).rejects.toMatchObject({
      code: 'CONFLICT',
    });
    await expect(images.list(viewer(manager), imageSetId, { cursor: 'nonsense' })).rejects.toMatchObject({
      code: 'INVALID_REQUEST',
    });
  });

  it('deletes images with their files', async () => {
    const { images, manager, imageSetId, storage } = platform;
    const { items } = await images.list(viewer(manager), imageSetId, {});
    expect(
      await images.remove(
        viewer(manager),
        imageSetId,
        items.map(({ id }) => id),
      ),
    ).toBe(items.length);
    const left = [];
    for await (const object of storage.list('images')) left.push(object.key);
    expect(left).toEqual([]);
  });

  async function countRows(): Promise<number> {
    const [row] = await platform.services.database.sql.query<{ n: string }>('select count(*) as n from core.image');
    return Number(row?.n);
  }
});

describe('uploads on a full disk', () => {
  it('says so, keeps nothing of the file, and takes it when there is room again', async () => {
    let writes = 0;
    let isFull = true;
    const open = (async (...args: Parameters<typeof fs.open>) => {
      const file = await fs.open(...args);
      const write = file.write.bind(file) as (...a: unknown[]) => Promise<unknown>;
      file.write = ((...a: unknown[]) => {
        writes += 1;
        if (isFull && writes === 3)
          return Promise.reject(Object.assign(new Error('no space left on device'), { code: 'ENOSPC' }));
        return write(...a);
      }) as typeof file.write;
      return file;
    }) as typeof fs.open;
    const platform = await createImagePlatform({ open });
    try {
      // Noise, so that it takes several writes.
      const bytes = await sharp({
        create: {
          width: 600,
          height: 600,
          channels: 3,
          noise: { type: 'gaussian', mean: 128, sigma: 30 },
          background: '#000',
        },
      })
        .png()
        .toBuffer();
      const answer = await upload(platform.url, platform.imageSetId, 'a.png', bytes);
      expect(answer).toMatchObject({ status: 507, problem: { code: 'DISK_FULL' } });
      expect(readdirSync(join(platform.storage.scratchFolder, 'uploads'))).toEqual([]);
      isFull = false;
      const again = await upload(platform.url, platform.imageSetId, 'a.png', bytes);
      expect((await platform.settled(Number(again.headers.get('exact-image-id')))).state).toBe('ready');
    } finally {
      await platform.close();
    }
  });
});

/** Sends the first `count` bytes of a PATCH that promises all of them, then drops the connection. */
async function breakOff(location: string, bytes: Uint8Array, count: number): Promise<void> {
  const { hostname, port, pathname } = new URL(location);
  const socket = connect(Number(port), hostname);
  await new Promise((resolve) => socket.once('connect', resolve));
  socket.write(
    `PATCH ${pathname} HTTP/1.1\r\nHost: ${hostname}\r\nTus-Resumable: 1.0.0\r\nUpload-Offset: 0\r\nContent-Type: application/offset+octet-stream\r\nContent-Length: ${bytes.length}\r\n\r\n`,
  );
  await new Promise<void>((resolve) => socket.write(bytes.subarray(0, count), () => resolve()));
  socket.destroySoon();
  await new Promise((resolve) => socket.once('close', resolve));
}
