import { mkdtemp, open, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { MediaType } from '@exact/sdk/contract';
import sharp, { type Sharp } from 'sharp';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { testData } from '../../../../test/data.ts';
import { bytesOf } from '../content/bytes.ts';
import { identify } from '../content/identify.ts';
import * as sample from '../samples.testing.ts';
import { withoutTraces } from './picture.ts';
import { overwriteTraces } from './sound-and-film.ts';

/** Stands for whatever must not leave with a file. */
const SECRET = 'SECRETperson51.5N';

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'exact-traces-'));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

/** As an upload is treated: checked, written over in its place, checked again. */
async function clean(bytes: Buffer): Promise<{ bytes: Buffer; mediaType: MediaType }> {
  const path = join(folder, 'file');
  await writeFile(path, bytes);
  const file = await open(path, 'r+');
  try {
    const before = await identify(bytesOf(file, bytes.length));
    if ('reason' in before) throw new Error(before.sentence);
    await overwriteTraces(file, bytesOf(file, bytes.length), before.mediaType);
    expect(await identify(bytesOf(file, bytes.length))).toEqual(before);
    return { bytes: await readFile(path), mediaType: before.mediaType };
  } finally {
    await file.close();
  }
}

describe('pictures', () => {
  const exif = { IFD0: { Artist: SECRET, ImageDescription: SECRET }, IFD3: { GPSLatitudeRef: 'N' } };
  const pixels = (): Sharp => {
    const noise = Buffer.from(Array.from({ length: 48 * 32 * 3 }, (_, i) => (i * 7919) % 256));
    return sharp(noise, { raw: { width: 48, height: 32, channels: 3 } });
  };

  it.each(['jpeg', 'png', 'webp'] as const)(
    '%s keeps pixels, colour profile and turn, and nothing else',
    async (format) => {
      const bytes = await pixels()
        .withExif(exif)
        .withXmp(`<x:xmpmeta xmlns:x="adobe:ns:meta/">${SECRET}</x:xmpmeta>`)
        .withIccProfile('p3')
        .withMetadata({ orientation: 6 })
        .toFormat(format, { lossless: true, progressive: true } as never)
        .toBuffer();
      expect(bytes.includes(SECRET)).toBe(true);
      const cleaned = withoutTraces(format, Buffer.concat([bytes, Buffer.from(`<html>${SECRET}</html>`)]), 6);
      expect(cleaned.includes(SECRET)).toBe(false);
      expect(cleaned.includes('<html>')).toBe(false);
      const [before, after] = await Promise.all(
        [bytes, cleaned].map((file) => sharp(file, { failOn: 'warning' }).metadata()),
      );
      expect(after).toMatchObject({ format, width: 48, height: 32, orientation: 6 });
      expect(after?.icc?.length).toBe(before?.icc?.length);
      expect(after?.xmp).toBeUndefined();
      expect(await sharp(cleaned).autoOrient().raw().toBuffer()).toEqual(
        await sharp(bytes).autoOrient().raw().toBuffer(),
      );
      expect(withoutTraces(format, cleaned, 6)).toEqual(cleaned);
    },
  );

  it('of the sample files decode to the same pixels', async () => {
    for (const path of [
      'images/jpeg/3.jpg',
      'images/jpeg/exif-xmp-metadata.jpg',
      'images/jpeg/portrait_2.jpg',
      'images/webp/lossy_alpha.webp',
      'images/webp/simple.webp',
    ]) {
      const file = testData(path);
      if (file === undefined) continue; // not in this checkout
      const bytes = await readFile(file);
      const { format, orientation } = await sharp(bytes).metadata();
      const cleaned = withoutTraces(format as 'jpeg', bytes, orientation);
      expect(cleaned.length).toBeLessThanOrEqual(bytes.length);
      expect(await sharp(cleaned).autoOrient().raw().toBuffer()).toEqual(
        await sharp(bytes).autoOrient().raw().toBuffer(),
      );
    }
  });

  it('whose parts do not follow each other are left to the decoder', async () => {
    const jpeg = await sample.jpeg(200, 200);
    for (const bytes of [jpeg.subarray(0, 30), Buffer.from([0xff, 0xd8, 0xff, 0xe1, 0xff, 0xff])])
      expect(withoutTraces('jpeg', bytes)).toBe(bytes);
    const png = (await sample.png()).subarray(0, 50);
    expect(withoutTraces('png', png)).toBe(png);
  });
});

const chunk = (id: string, text: string): Buffer => {
  const head = Buffer.alloc(8);
  head.write(id, 'latin1');
  head.writeUInt32LE(text.length, 4);
  return Buffer.concat([head, Buffer.from(text + (text.length % 2 ? '\0' : ''))]);
};

describe('sounds and films', () => {
  it('WAV loses its lists and keeps its samples where they were', async () => {
    const plain = sample.wav();
    const bytes = Buffer.concat([
      plain.subarray(0, 36),
      chunk('bext', SECRET),
      plain.subarray(36),
      chunk('LIST', `INFOIART${SECRET}`),
      chunk('guan', SECRET),
    ]);
    const { bytes: cleaned } = await clean(bytes);
    expect(cleaned.includes(SECRET)).toBe(false);
    expect(cleaned.length).toBe(bytes.length);
    expect(cleaned.subarray(bytes.indexOf('data'), bytes.indexOf('LIST'))).toEqual(plain.subarray(36));
  });

  it('MP3 loses its tags at both ends', async () => {
    const frames = sample.mp3(6).subarray(30);
    const text = Buffer.from(`TPE1\0\0\0\x12\0\0\0${SECRET}`, 'latin1');
    const id3 = Buffer.concat([Buffer.from(['ID3'.charCodeAt(0), 0x44, 0x33, 3, 0, 0x40, 0, 0, 0, text.length]), text]);
    const ape = Buffer.alloc(32);
    ape.write('APETAGEX', 'latin1');
    ape.writeUInt32LE(32 + SECRET.length, 12);
    const id3v1 = Buffer.alloc(128);
    id3v1.write(`TAG${SECRET}`, 'latin1');
    const { bytes, mediaType } = await clean(Buffer.concat([id3, frames, Buffer.from(SECRET), ape, id3v1]));
    expect(mediaType).toBe('audio/mpeg');
    expect(bytes.includes(SECRET)).toBe(false);
    expect(bytes.subarray(id3.length, id3.length + frames.length)).toEqual(frames);
  });

  it('FLAC loses comments and pictures', async () => {
    const plain = sample.flac();
    const block = Buffer.concat([Buffer.from([0x84, 0, 0, SECRET.length]), Buffer.from(SECRET)]);
    const first = Buffer.from(plain.subarray(0, 42));
    first[4] = 0; // not the last block any more
    const { bytes } = await clean(Buffer.concat([first, block, plain.subarray(42)]));
    expect(bytes.includes(SECRET)).toBe(false);
    expect(bytes[42]).toBe(0x81);
  });

  it('Ogg keeps a list of comments without what they said, under a right check sum', async () => {
    const comment = `ARTIST=${SECRET}`;
    const tags = Buffer.alloc(8 + 4 + 3 + 4 + 4 + comment.length);
    tags.write('OpusTags', 'latin1');
    tags.writeUInt32LE(3, 8);
    tags.write('abc', 12);
    tags.writeUInt32LE(1, 15);
    tags.writeUInt32LE(comment.length, 19);
    tags.write(comment, 23);
    const { bytes } = await clean(
      Buffer.concat([
        sample.oggPage(2, Buffer.from('OpusHead\x01\x01')),
        sample.oggPage(0, tags),
        sample.oggPage(4, Buffer.alloc(50)),
      ]),
    );
    expect(bytes.includes(SECRET)).toBe(false);
    expect(bytes.includes(`ARTIST=${' '.repeat(SECRET.length)}`)).toBe(true);
    const at = bytes.indexOf('OggS', 10);
    const page = Buffer.from(bytes.subarray(at, at + 28 + tags.length));
    const sum = page.readUInt32LE(22);
    page.writeUInt32LE(0, 22);
    expect(sum).toBe(oggCheckSum(page));
  });

  it('MP4 loses user data, private boxes and dates', async () => {
    const { box } = sample;
    const dated = Buffer.alloc(100, 7);
    dated.fill(0, 0, 4);
    const trak = box(
      'trak',
      box('udta', Buffer.from(SECRET)),
      box('mdia', box('hdlr', Buffer.alloc(8), Buffer.from('vide'), Buffer.alloc(13))),
    );
    const bytes = Buffer.concat([
      box('ftyp', Buffer.from('isom\0\0\0\0isom')),
      box('uuid', Buffer.from(SECRET)),
      box('moov', box('mvhd', dated), trak, box('udta', box('meta', Buffer.from(SECRET)))),
      box('mdat', Buffer.alloc(50, 9)),
    ]);
    const { bytes: cleaned } = await clean(bytes);
    expect(cleaned.includes(SECRET)).toBe(false);
    expect(cleaned.subarray(bytes.indexOf('mdat'))).toEqual(bytes.subarray(bytes.indexOf('mdat')));
    const mvhd = cleaned.indexOf('mvhd') + 4;
    expect([...cleaned.subarray(mvhd, mvhd + 13)]).toEqual([...Array<number>(12).fill(0), 7]);
  });

  it('WebM loses tags, titles, dates and attachments', async () => {
    const { element } = sample;
    const track = element(
      'ae',
      element('83', Buffer.from([2])),
      element('86', Buffer.from('A_OPUS')),
      element('536e', Buffer.from(SECRET)),
    );
    const bytes = Buffer.concat([
      element('1a45dfa3', element('4282', Buffer.from('webm'))),
      element(
        '18538067',
        element('1549a966', element('7ba9', Buffer.from(SECRET)), element('4461', Buffer.alloc(8, 1))),
        element('1654ae6b', track),
        element('1f43b675', Buffer.alloc(60, 5)),
        element('1254c367', Buffer.from(SECRET)),
        element('1941a469', Buffer.from(SECRET)),
      ),
    ]);
    const { bytes: cleaned, mediaType } = await clean(bytes);
    expect(mediaType).toBe('audio/webm');
    expect(cleaned.includes(SECRET)).toBe(false);
    expect(cleaned.includes(Buffer.alloc(60, 5))).toBe(true);
    expect(cleaned.includes(Buffer.alloc(8, 1))).toBe(false);
  });

  it('of the sample files stay what they are', async () => {
    for (const path of [
      'audio/birds_10s.wav',
      'audio/sound.wav',
      'audio/LOCA_2021_09_24_652_3.wav',
      'timeseries/stub/stub_h264.mp4',
    ]) {
      const file = testData(path);
      if (file !== undefined) await clean(await readFile(file));
    }
  });
});

/** As RFC 3533 has it, by a table. */
function oggCheckSum(page: Buffer): number {
  const table = Array.from({ length: 256 }, (_, i) => {
    let r = i << 24;
    for (let bit = 0; bit < 8; bit += 1) r = r & 0x80000000 ? (r << 1) ^ 0x04c11db7 : r << 1;
    return r >>> 0;
  });
  return page.reduce((sum, byte) => ((sum << 8) ^ (table[((sum >>> 24) ^ byte) & 255] ?? 0)) >>> 0, 0);
}
