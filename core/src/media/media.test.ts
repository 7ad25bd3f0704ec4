import { createHash, randomUUID } from 'node:crypto';
import { readdirSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import type { Media } from '@exact/sdk/contract';
import type { AnnotationMedia } from '@exact/sdk/server';
import type { TestPerson } from '@exact/sdk/testing';
import sharp from 'sharp';
import { afterAll, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import { sweepStorage } from '../storage/sweep.ts';
import { type BootedKernel, bootTestKernel } from '../testing.ts';
import { receive } from './receive.ts';
import * as sample from './samples.testing.ts';

let kernel: BootedKernel;
let anna: TestPerson;
let vera: TestPerson;
let stranger: TestPerson;
let manager: TestPerson;
let projectId: number;
let imageSetId: number;
let imageId: number;
let templateId: number;
/** What a plugin works with. */
let pluginMedia: AnnotationMedia;
/** A fresh annotation of each test. */
let annotation: string;

beforeAll(async () => {
  kernel = await bootTestKernel({
    plugins: [
      {
        id: 'blind',
        manifest: {
          contributes: { hooks: ['annotations.visible'] },
          permissions: { uses: ['annotations:read', 'annotations:write'], defines: [] },
        },
        // Whoever is called "blind…" sees their own only.
        setup(ctx) {
          pluginMedia = ctx.annotations.media;
          ctx.hooks.annotations.visible.tap((filter, { principal }) =>
            principal?.username.startsWith('blind') ? { ...filter, authorIds: [principal.userId] } : undefined,
          );
        },
      },
    ],
  });
  const project = await kernel.project({
    anna: 'annotator',
    vera: 'viewer',
    manager: 'manager',
    blindben: 'annotator',
  });
  ({ id: projectId, imageSetId } = project);
  [anna, vera, manager, stranger] = await Promise.all(
    ['anna', 'vera', 'manager', 'stranger'].map((name) => kernel.person(name)) as [
      Promise<TestPerson>,
      Promise<TestPerson>,
      Promise<TestPerson>,
      Promise<TestPerson>,
    ],
  );
  await kernel.project({ stranger: 'manager' });
  imageId = await makeImage();
  const product = await manager.request('POST', `/api/v2/projects/${projectId}/products`, { name: 'Cells' });
  const template = await manager.request(
    'POST',
    `/api/v2/projects/${projectId}/products/${product.body.id}/templates`,
    { name: 'Cell', kind: 'point' },
  );
  templateId = template.body.id;
});
afterAll(() => kernel?.close());
beforeEach(async () => {
  annotation = await draw();
});

async function makeImage(): Promise<number> {
  const [row] = await kernel.platform.database.sql.query<{ id: number }>(
    `insert into core.image (image_set_id, public_name, private_name, state, original_key, size_bytes, sha256, content_version, width, height)
     values ($1, $2, 'x', 'failed', $2, 1, '\\x00', 'v', 100, 100) returning id`,
    [imageSetId, `images/00/${randomUUID()}`],
  );
  return row?.id ?? 0;
}
async function draw(image = imageId): Promise<string> {
  const uuid = randomUUID();
  const { status } = await anna.request('POST', `/api/v2/images/${image}/annotations/changes`, {
    changeId: randomUUID(),
    create: [{ uuid, templateId, geometry: { kind: 'point', x: 5, y: 5 } }],
  });
  expect(status).toBe(200);
  return uuid;
}
const mediaOf = (uuid: string): string => `/api/v2/annotations/${uuid}/media`;

interface Sent {
  readonly status: number;
  // eslint-disable-next-line @typescript-eslint/no-explicit-any -- JSON of any answer
  readonly body: any;
}
async function upload(
  bytes: Uint8Array,
  {
    name = 'sound.wav',
    type = '',
    by = anna,
    uuid = randomUUID(),
    of = annotation,
  }: { name?: string; type?: string; by?: TestPerson; uuid?: string; of?: string } = {},
): Promise<Sent> {
  const response = await fetch(`${kernel.url}${mediaOf(of)}/${uuid}?name=${encodeURIComponent(name)}`, {
    method: 'PUT',
    headers: { cookie: by.cookie, ...(type === '' ? {} : { 'content-type': type }) },
    body: bytes as BodyInit,
  });
  return { status: response.status, body: await response.json() };
}
/** Without a cookie. */
const get = (path: string, headers: Record<string, string> = {}, method = 'GET'): Promise<Response> =>
  fetch(kernel.url + path, { method, headers });
const storedFiles = (): string[] =>
  readdirSync(join(kernel.dataDir, 'storage'), { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile() && /media|\.scratch/.test(entry.parentPath))
    .map((entry) => entry.name);

describe('taking a file', () => {
  it('stores what it is, and gives an address without a session', async () => {
    const bytes = sample.wav(0.5);
    const { status, body } = await upload(bytes, { type: 'audio/x-wav' });
    expect(status).toBe(200);
    const media = body as Media;
    expect(media).toMatchObject({
      annotationUuid: annotation,
      kind: 'audio',
      mediaType: 'audio/wav',
      name: 'sound.wav',
      sizeBytes: bytes.length,
      uploaderId: anna.principal.userId,
      missing: false,
    });
    const response = await get(media.url);
    expect(Buffer.from(await response.arrayBuffer())).toEqual(bytes);
    expect((await vera.request('GET', mediaOf(annotation))).body).toEqual([media]);
  });

  it('decodes pictures and makes a small copy', async () => {
    const { body } = await upload(await sample.png(900, 600), { name: 'cell.png', type: 'image/png' });
    expect(body).toMatchObject({ kind: 'image', mediaType: 'image/png', width: 900, height: 600 });
    const preview = await get(body.previewUrl);
    expect(preview.headers.get('content-type')).toBe('image/webp');
    expect((await preview.arrayBuffer()).byteLength).toBeGreaterThan(50);
  });

  it('keeps nothing of place and people that a picture carries beside its pixels', async () => {
    const bytes = await sharp(await sample.jpeg(60, 40))
      .withExif({ IFD0: { Artist: 'SECRET' }, IFD3: { GPSLatitudeRef: 'N' } })
      .jpeg()
      .toBuffer();
    const uuid = randomUUID();
    const { body } = await upload(bytes, { name: 'photo.jpg', uuid });
    const served = Buffer.from(await (await get(body.url)).arrayBuffer());
    expect([bytes.includes('SECRET'), served.includes('SECRET')]).toEqual([true, false]);
    expect(createHash('sha256').update(served).digest('hex')).toBe(body.sha256);
    expect(body.sizeBytes).toBe(served.length);
    expect((await upload(bytes, { name: 'photo.jpg', uuid })).body).toEqual(body);
  });

  it('takes the same upload again for the same', async () => {
    const uuid = randomUUID();
    const first = await upload(sample.wav(), { uuid });
    const again = await upload(sample.wav(), { uuid });
    expect(again).toEqual(first);
    expect((await upload(sample.mp3(), { uuid, name: 'other.mp3' })).body).toMatchObject({
      status: 409,
      code: 'CONFLICT',
    });
    expect((await upload(sample.wav(), { uuid, of: await draw() })).body).toMatchObject({
      status: 409,
      code: 'CONFLICT',
    });
    expect((await anna.request('GET', mediaOf(annotation))).body).toHaveLength(1);
  });

  it('lets another person use the same UUID on another annotation, and each address gives its own file', async () => {
    const uuid = randomUUID();
    const first = (await upload(sample.wav(), { uuid })).body as Media;
    const theirs = await upload(sample.mp3(), { uuid, name: 'b.mp3', by: manager, of: await draw() });
    expect([first.uuid, theirs.body.uuid]).toEqual([uuid, uuid]);
    const [one, two] = await Promise.all(
      [first.url, theirs.body.url].map(async (url) => Buffer.from(await (await get(url)).arrayBuffer())),
    );
    expect([one?.equals(sample.wav()), two?.equals(sample.mp3())]).toEqual([true, true]);
    expect((await anna.request('DELETE', `${mediaOf(annotation)}/${uuid}`)).status).toBe(204);
    expect((await get(theirs.body.url)).status).toBe(200);
  });

  it.each<readonly [string, string, string, string, () => Buffer | Promise<Buffer>]>([
    ['nothing', 'a.wav', '', 'EMPTY_FILE', () => Buffer.alloc(0)],
    [
      'a web page called a picture',
      'a.png',
      'image/png',
      'UNSUPPORTED_MEDIA',
      () => Buffer.from('<html><script>alert(1)</script>'),
    ],
    [
      'an SVG',
      'a.svg',
      'image/svg+xml',
      'UNSUPPORTED_MEDIA',
      () => Buffer.from('<svg xmlns="http://www.w3.org/2000/svg"/>'),
    ],
    ['a PDF', 'a.pdf', 'application/pdf', 'UNSUPPORTED_MEDIA', () => Buffer.from('%PDF-1.7 …')],
    ['a JPEG sent as PNG', 'a.jpg', 'image/png', 'TYPE_MISMATCH', () => sample.jpeg()],
    ['a PNG named as a sound', 'a.mp3', '', 'TYPE_MISMATCH', () => sample.png()],
    ['a PNG named as a web page', 'a.html', '', 'TYPE_MISMATCH', () => sample.png()],
    ['a film called a sound', 'a.m4a', 'audio/mp4', 'TYPE_MISMATCH', () => sample.mp4('vide')],
    [
      'a picture that was cut',
      'a.jpg',
      '',
      'CORRUPT_FILE',
      async () => (await sample.jpeg(600, 600)).subarray(0, 1500),
    ],
    [
      'a PNG of which only the head is one',
      'a.png',
      '',
      'CORRUPT_FILE',
      async () => Buffer.concat([(await sample.png()).subarray(0, 60), Buffer.alloc(500, 65)]),
    ],
    ['a sound that was cut', 'a.wav', '', 'TRUNCATED_FILE', () => sample.wav(1).subarray(0, 5000)],
  ])('refuses %s, with the reason, and leaves nothing', async (_, name, type, reason, make) => {
    const before = storedFiles();
    const { status, body } = await upload(await make(), { name, type });
    expect({ status, code: body.code, reason: body.data?.reason }).toEqual({
      status: 422,
      code: 'MEDIA_REFUSED',
      reason,
    });
    expect(body.detail).toContain(`"${name}" was not taken: `);
    expect(body.detail).toMatch(/\. ?[^.]*\.$/); // a way out after the reason
    expect(storedFiles()).toEqual(before);
    expect((await anna.request('GET', mediaOf(annotation))).body).toEqual([]);
  });

  it('refuses a picture that is too large before it is decoded', async () => {
    const head = Buffer.from(await sample.png(4, 4));
    head.writeUInt32BE(40_000, 16);
    head.writeUInt32BE(40_000, 20);
    const { body } = await upload(head, { name: 'bomb.png' });
    expect(body).toMatchObject({
      code: 'MEDIA_REFUSED',
      data: { reason: expect.stringMatching(/IMAGE_TOO_LARGE|CORRUPT_FILE/) },
    });
  });

  it('stops a file that is too large while it comes in', async () => {
    let sent = 0;
    async function* endless(): AsyncGenerator<Uint8Array> {
      for (; sent < 100; sent += 1) yield await Promise.resolve(Buffer.alloc(1000));
    }
    const path = await kernel.platform.domain.storage.scratch('.test');
    await expect(receive(endless(), path, 5000)).rejects.toMatchObject({ status: 413, code: 'MEDIA_TOO_LARGE' });
    expect(sent).toBeLessThan(50);
    await rm(path);
  });

  it.each([
    ['../../etc/passwd.wav', 'passwd.wav'],
    ['C:\\Users\\me\\song.wav', 'song.wav'],
    ['a\u0007b\nc.wav', 'abc.wav'],
    ['invoice\u202Evaw.exe.wav', 'invoicevaw.exe.wav'],
    ['<img src=x onerror=alert(1)>.wav', '<img src=x onerror=alert(1)>.wav'],
    ['...', 'unnamed.wav'],
    ['no ending', 'no ending.wav'],
    ['Pfeifen im Walde – 日本.wav', 'Pfeifen im Walde – 日本.wav'],
    [`${'x'.repeat(300)}.wav`, `${'x'.repeat(146)}.wav`],
  ])('keeps the name %j as the text %j', async (name, kept) => {
    const { body } = await upload(sample.wav(), { name });
    expect(body.name).toBe(kept);
    const { headers } = await get(body.url);
    const disposition = headers.get('content-disposition') ?? '';
    expect(disposition).toMatch(/^inline; filename="[\x20-\x7e]*"; filename\*=UTF-8''[\w.!#$&+^`|~%-]+$/);
    expect(decodeURIComponent(disposition.split("''")[1] ?? '')).toBe(kept);
  });

  it('gives a second file of the same name a number', async () => {
    for (const wanted of ['sound.wav', 'sound (2).wav', 'SOUND (3).wav'])
      expect((await upload(sample.wav(), { name: wanted.startsWith('S') ? 'SOUND.wav' : 'sound.wav' })).body.name).toBe(
        wanted,
      );
  });

  it('puts nothing on a deleted annotation', async () => {
    await anna.request('POST', `/api/v2/images/${imageId}/annotations/changes`, {
      changeId: randomUUID(),
      delete: [{ uuid: annotation, revision: 1 }],
    });
    expect((await upload(sample.wav())).body).toMatchObject({ status: 409, code: 'CONFLICT' });
  });
});

describe('who may', () => {
  it('read and write files is who may read and write the annotation', async () => {
    const { body } = await upload(sample.wav());
    expect((await upload(sample.wav(), { by: vera })).status).toBe(403);
    expect((await vera.request('DELETE', `${mediaOf(annotation)}/${body.uuid}`)).status).toBe(403);
    expect((await upload(sample.wav(), { by: stranger })).status).toBe(404);
    expect((await stranger.request('GET', mediaOf(annotation))).status).toBe(404);
    expect((await get(mediaOf(annotation))).status).toBe(401);
  });

  it('not see an annotation sees no files of it: the same 404 as for one that is not there', async () => {
    await upload(sample.wav());
    await kernel.enable(projectId, 'blind', true);
    try {
      const blind = await kernel.person('blindben');
      const absent = randomUUID();
      const same = async (method: string, tail = '', body?: unknown) => {
        const [hidden, none] = await Promise.all(
          [annotation, absent].map((uuid) => blind.request(method, mediaOf(uuid) + tail, body)),
        );
        expect(hidden?.status).toBe(404);
        expect(JSON.stringify({ ...hidden?.body, requestId: '' }).replaceAll(annotation, absent)).toBe(
          JSON.stringify({ ...none?.body, requestId: '' }),
        );
      };
      await same('GET');
      await same('DELETE', `/${randomUUID()}`);
      await same('PATCH', `/${randomUUID()}`, { caption: 'x' });
      await same('POST', '/order', { mediaIds: [] });
      expect((await upload(sample.wav(), { by: blind })).status).toBe(404);
      const event = { topic: 'media.changed', projectId, imageId, annotationUuid: annotation, userId: 1 } as const;
      const { createEventFilter } = await import('../http/live.ts');
      const { platform } = kernel;
      const filter = createEventFilter(
        { database: platform.database, hooks: platform.kernel.hooks, log: { error: vi.fn() } } as never,
        platform.domain.annotations,
      );
      expect(await filter(event, blind.principal)).toBeUndefined();
      const { userId: _, ...told } = event; // where a plugin has a say, nobody is told who it was
      expect(await filter(event, vera.principal)).toEqual(told);
    } finally {
      await kernel.enable(projectId, 'blind', false);
    }
  });
});

describe('serving', () => {
  let media: Media;
  let bytes: Buffer;
  beforeEach(async () => {
    bytes = sample.wav(0.5);
    media = (await upload(bytes)).body as Media;
  });

  it('needs no session, sets no cookie, and lets nothing in the file act', async () => {
    for (const headers of [{}, { cookie: 'exact_session=wrong' }, { origin: 'https://evil.example' }]) {
      const response = await get(media.url, headers as Record<string, string>);
      expect(response.status).toBe(200);
      expect(Object.fromEntries(response.headers)).toMatchObject({
        'content-type': 'audio/wav',
        'content-length': String(bytes.length),
        'x-content-type-options': 'nosniff',
        'content-security-policy': "sandbox; default-src 'none'; frame-ancestors 'none'",
        'cross-origin-resource-policy': 'same-origin',
        'accept-ranges': 'bytes',
        etag: `"${media.sha256}"`,
      });
      expect(response.headers.getSetCookie()).toEqual([]);
      const [, maxAge] = /^private, max-age=(\d+), immutable$/.exec(response.headers.get('cache-control') ?? '') ?? [];
      expect(Number(maxAge)).toBeGreaterThan(3500);
      expect(Number(maxAge)).toBeLessThanOrEqual(5400);
    }
  });

  it.each([
    ['bytes=0-9', 206, 0, 10],
    ['bytes=100-', 206, 100, undefined],
    ['bytes=-50', 206, -50, undefined],
    ['bytes=-999999', 206, 0, undefined],
    ['bytes=10-999999', 206, 10, undefined],
    ['BYTES=0-0', 206, 0, 1],
    ['bytes=0-9,20-29', 200, 0, undefined],
    ['bytes=9-3', 200, 0, undefined],
    ['bytes=-', 200, 0, undefined],
    ['items=0-9', 200, 0, undefined],
    ['bytes=a-b', 200, 0, undefined],
  ] as const)('answers range %s with %i', async (range, status, from, length) => {
    const response = await get(media.url, { range });
    const wanted = bytes.subarray(from < 0 ? bytes.length + from : from).subarray(0, length ?? bytes.length);
    expect(response.status).toBe(status);
    expect(Buffer.from(await response.arrayBuffer())).toEqual(wanted);
    const start = from < 0 ? bytes.length + from : from;
    expect(response.headers.get('content-range')).toBe(
      status === 206 ? `bytes ${start}-${start + wanted.length - 1}/${bytes.length}` : null,
    );
  });

  it.each(['bytes=999999-', 'bytes=-0', `bytes=${'9'.repeat(15)}-`])(
    'answers range %s, which is not in the file, with 416',
    async (range) => {
      const response = await get(media.url, { range });
      expect(response.status).toBe(416);
      expect(response.headers.get('content-range')).toBe(`bytes */${bytes.length}`);
      expect(await response.text()).toBe('');
    },
  );

  it('keeps to what the browser has: 304, and a range only of the same bytes', async () => {
    const etag = `"${media.sha256}"`;
    expect((await get(media.url, { 'if-none-match': etag })).status).toBe(304);
    expect((await get(media.url, { 'if-none-match': '"other"' })).status).toBe(200);
    expect((await get(media.url, { range: 'bytes=0-9', 'if-range': etag })).status).toBe(206);
    expect((await get(media.url, { range: 'bytes=0-9', 'if-range': '"other"' })).status).toBe(200);
    expect((await get(media.url, { range: 'bytes=0-9', 'if-range': new Date().toUTCString() })).status).toBe(200);
  });

  it('answers HEAD without a body and without ranges', async () => {
    const response = await get(media.url, { range: 'bytes=0-9' }, 'HEAD');
    expect(response.status).toBe(200);
    expect(response.headers.get('content-length')).toBe(String(bytes.length));
    expect(await response.text()).toBe('');
  });

  it('knows its own addresses only', async () => {
    const other = (await upload(sample.mp3(), { name: 'b.mp3' })).body as Media;
    const [, , token = ''] = media.url.split('/');
    const signature = token.slice(token.indexOf('-') + 1);
    // all of base64url: four last letters stand for the same bytes
    const LETTERS = [...'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_'];
    const tries = [
      `/media/${token}/${annotation}/${other.uuid}`,
      ...LETTERS.filter((letter) => letter !== signature.at(-1)).map((letter) =>
        media.url.replace(signature, signature.slice(0, -1) + letter),
      ),
      media.url.replace(/\/[^-]*-/, '/media/zzzzzz-'), // another end
      `${media.url}/preview`,
      `/media/${token}/../${annotation}/${media.uuid}`,
      `/media/${token}/${media.uuid}/${annotation}`,
      '/media/',
      '/media/x',
      `/media/${'a'.repeat(60)}/${annotation}/${media.uuid}`,
    ];
    for (const path of tries) {
      const response = await get(path);
      expect({ path, status: response.status }).toEqual({ path, status: 404 });
      expect(response.headers.get('content-type')).toBe('application/problem+json');
    }
    for (const method of ['POST', 'PUT', 'DELETE']) expect((await get(media.url, {}, method)).status).toBe(404);
  });

  it('ends an address after its time, and gives the same one out for half an hour', async () => {
    const { createMediaLinks } = await import('./links.ts');
    const links = createMediaLinks('secret');
    const start = Date.UTC(2026, 0, 1, 10, 1);
    const made = links.make(annotation, media.uuid, start);
    expect(links.make(annotation, media.uuid, start + 25 * 60_000)).toEqual(made);
    expect(links.read(made.url, start + 60 * 60_000)).toMatchObject({
      annotationUuid: annotation,
      uuid: media.uuid,
      variant: 'file',
    });
    expect(() => links.read(made.url, start + 91 * 60_000)).toThrow(
      expect.objectContaining({ code: 'MEDIA_LINK_EXPIRED', status: 410 }),
    );
    expect(createMediaLinks('other secret').read(made.url, start)).toBeUndefined();
  });

  it('ends with the file', async () => {
    expect((await anna.request('DELETE', `${mediaOf(annotation)}/${media.uuid}`)).status).toBe(204);
    expect((await get(media.url)).status).toBe(404);
    expect((await anna.request('DELETE', `${mediaOf(annotation)}/${media.uuid}`)).status).toBe(404);
  });
});

describe('changing files', () => {
  it('renames without changing what it is, describes, and puts in order', async () => {
    const [a, b] = [
      (await upload(sample.wav(), { name: 'a.wav' })).body,
      (await upload(sample.wav(), { name: 'b.wav' })).body,
    ];
    const at = (uuid: string) => `${mediaOf(annotation)}/${uuid}`;
    expect((await anna.request('PATCH', at(a.uuid), { name: 'new.exe', caption: ' <b>call</b> ' })).body).toMatchObject(
      { name: 'new.exe.wav', caption: '<b>call</b>' },
    );
    expect((await anna.request('PATCH', at(b.uuid), { name: 'NEW.EXE.wav' })).body).toMatchObject({
      status: 409,
      code: 'CONFLICT',
    });
    expect((await anna.request('PATCH', at(a.uuid), {})).body).toMatchObject({ status: 422 });
    expect((await anna.request('PATCH', at(randomUUID()), { caption: '' })).status).toBe(404);
    const order = (mediaIds: string[]) => anna.request('POST', `${mediaOf(annotation)}/order`, { mediaIds });
    expect((await order([b.uuid, a.uuid])).body.map((item: Media) => item.uuid)).toEqual([b.uuid, a.uuid]);
    for (const wrong of [[a.uuid], [a.uuid, a.uuid], [a.uuid, b.uuid, randomUUID()]])
      expect((await order(wrong)).status).toBe(409);
  });

  it('tells others, and writes down who removed something', async () => {
    const { sql } = kernel.platform.database;
    const { body } = await upload(sample.wav());
    await anna.request('DELETE', `${mediaOf(annotation)}/${body.uuid}`);
    const events = await sql.query<{ event: object }>(
      `select event from core.outbox where event->>'annotationUuid' = $1`,
      [annotation],
    );
    expect(events.map(({ event }) => event)).toEqual(
      Array(2).fill({
        topic: 'media.changed',
        projectId,
        imageId,
        annotationUuid: annotation,
        userId: anna.principal.userId,
      }),
    );
    expect(await sql.query('select user_id from core.audit where target = $1', [`media:${body.uuid}`])).toEqual([
      { user_id: anna.principal.userId },
    ]);
  });
});

describe('a plugin', () => {
  it('reads, adds and removes files in the name of a person, with the rights of that person', async () => {
    const source = (): AsyncIterable<Uint8Array> => [sample.wav()] as never;
    const media = await pluginMedia.add(anna.principal, annotation, { name: 'made.wav', source: source() });
    expect(await pluginMedia.list(vera.principal, annotation)).toEqual([media]);
    await expect(
      pluginMedia.add(vera.principal, annotation, { name: 'a.wav', source: source() }),
    ).rejects.toMatchObject({ status: 403 });
    await expect(pluginMedia.list(stranger.principal, annotation)).rejects.toMatchObject({ status: 404 });
    await expect(
      pluginMedia.add(anna.principal, annotation, { name: 'a.png', source: source() }),
    ).rejects.toMatchObject({ code: 'MEDIA_REFUSED' });
    await pluginMedia.remove(anna.principal, annotation, media.uuid);
    expect(await pluginMedia.list(anna.principal, annotation)).toEqual([]);
  });
});

describe('storage', () => {
  it('loses the files with the image; what a crash leaves over goes with the sweep', async () => {
    const image = await makeImage();
    const before = storedFiles();
    await upload(await sample.png(), { name: 'a.png', of: await draw(image) });
    expect(storedFiles()).toHaveLength(before.length + 2);
    const { status } = await manager.request('POST', `/api/v2/image-sets/${imageSetId}/images/delete`, {
      imageIds: [image],
    });
    expect(status).toBeLessThan(300);
    expect(storedFiles()).toEqual(before);
    await kernel.platform.domain.storage.write('media/00/left-over', [sample.wav()] as never);
    await sweepStorage(servicesOf(), kernel.platform.domain.storage, { graceMs: -1000 });
    expect(storedFiles()).toEqual(before);
  });

  it('tells of a file that it has lost, and takes it back when it is there again', async () => {
    const media = (await upload(sample.wav())).body as Media;
    for (let i = 0; i < 3; i += 1) await upload(sample.wav(), { name: `${i}.wav` });
    const { sql } = kernel.platform.database;
    const [row] = await sql.query<{ storage_key: string }>('select storage_key from core.media where uuid = $1', [
      media.uuid,
    ]);
    const path = kernel.platform.domain.storage.path(row?.storage_key ?? '');
    const key = row?.storage_key ?? '';
    await rm(path);
    expect((await get(media.url)).status).toBe(404);
    const isMissing = async () =>
      ((await anna.request('GET', mediaOf(annotation))).body as Media[]).find(({ uuid }) => uuid === media.uuid)
        ?.missing;
    await sweepStorage(servicesOf(), kernel.platform.domain.storage);
    expect(await isMissing()).toBe(true);
    await kernel.platform.domain.storage.write(key, [sample.wav()] as never);
    await sweepStorage(servicesOf(), kernel.platform.domain.storage);
    expect(await isMissing()).toBe(false);
  });
});

function servicesOf(): Parameters<typeof sweepStorage>[0] {
  const { database } = kernel.platform;
  return { database, log: { warn: vi.fn(), error: vi.fn() }, outbox: { append: vi.fn(), wake: vi.fn() } } as never;
}
