import { readFile } from 'node:fs/promises';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { testData } from '../../../../test/data.ts';
import { PROPERTY_SEED } from '../../../../test/seed.ts';
import * as sample from '../samples.testing.ts';
import type { Bytes } from './bytes.ts';
import { identify } from './identify.ts';

const bytesOf = (buffer: Buffer): Bytes => ({
  size: buffer.length,
  read: (offset, length) => Promise.resolve(buffer.subarray(offset, offset + length)),
});
const look = async (buffer: Buffer): Promise<string> => {
  const verdict = await identify(bytesOf(buffer));
  return 'mediaType' in verdict ? verdict.mediaType : verdict.reason;
};
const cut = (buffer: Buffer, share = 0.6): Buffer => buffer.subarray(0, Math.floor(buffer.length * share));

describe('a file is known by its bytes', () => {
  it.each<readonly [string, string, Buffer]>([
    ['PCM', 'audio/wav', sample.wav()],
    ['a WAV written to a pipe', 'audio/wav', sample.wav(0.1, { claim: 0xffffffff })],
    ['MP3 behind a tag', 'audio/mpeg', sample.mp3()],
    ['MP3 without a tag', 'audio/mpeg', sample.mp3().subarray(30)],
    ['one frame of MP3', 'audio/mpeg', sample.mp3(1)],
    ['AAC', 'audio/aac', sample.aac()],
    ['FLAC', 'audio/flac', sample.flac()],
    ['Opus', 'audio/ogg', sample.ogg()],
    ['Vorbis', 'audio/ogg', sample.ogg('\x01vorbis')],
    ['a film', 'video/mp4', sample.mp4('vide')],
    ['a sound in an MP4', 'audio/mp4', sample.mp4('soun', 'M4A ')],
    ['a WebM film', 'video/webm', sample.webm(1)],
    ['a WebM sound', 'audio/webm', sample.webm(2)],
  ])('%s is %s', async (_, type, buffer) => {
    expect(await look(buffer)).toBe(type);
  });

  it('a picture by its first bytes; what follows is for the decoder', async () => {
    expect(await look(await sample.png())).toBe('image/png');
    expect(await look(await sample.jpeg())).toBe('image/jpeg');
    expect(await look(await sample.webp())).toBe('image/webp');
  });

  it.each<readonly [string, string, Buffer]>([
    ['nothing', 'EMPTY_FILE', Buffer.alloc(0)],
    ['a WAV without samples', 'EMPTY_FILE', sample.wav(0)],
    ['a WAV that was cut', 'TRUNCATED_FILE', cut(sample.wav())],
    ['a WAV of a form that nobody plays', 'UNSUPPORTED_MEDIA', sample.wav(0.1, { format: 0x11 })],
    ['an MP3 of which only the tag is left', 'TRUNCATED_FILE', sample.mp3().subarray(0, 20)],
    ['one sync word', 'CORRUPT_FILE', Buffer.concat([sample.mp3().subarray(30, 500), Buffer.alloc(500, 7)])],
    ['an Ogg that was cut', 'TRUNCATED_FILE', cut(sample.ogg(), 0.9)],
    ['Theora', 'UNSUPPORTED_MEDIA', sample.ogg('\x80theora')],
    ['an MP4 that was cut', 'TRUNCATED_FILE', cut(sample.mp4('vide'))],
    ['a HEIC picture', 'UNSUPPORTED_MEDIA', sample.mp4('vide', 'heic')],
    ['a Matroska film', 'UNSUPPORTED_MEDIA', sample.webm(1, 'matroska')],
    ['a WebM with H.264', 'UNSUPPORTED_MEDIA', sample.webm(1, 'webm', 'V_MPEG4/ISO/AVC')],
    ['a WebM that was cut in its head', 'TRUNCATED_FILE', sample.webm(1).subarray(0, 30)],
    ['a web page', 'UNSUPPORTED_MEDIA', Buffer.from('<!DOCTYPE html><script>alert(1)</script>')],
    [
      'an SVG',
      'UNSUPPORTED_MEDIA',
      Buffer.from('<?xml version="1.0"?><svg xmlns="http://www.w3.org/2000/svg" onload="alert(1)"/>'),
    ],
    ['a PDF', 'UNSUPPORTED_MEDIA', Buffer.from('%PDF-1.7')],
    ['text', 'UNSUPPORTED_MEDIA', Buffer.from('hello')],
    ['a program', 'UNSUPPORTED_MEDIA', Buffer.from('\x7fELF\x02\x01\x01', 'latin1')],
  ])('%s is refused as %s', async (_, reason, buffer) => {
    expect(await look(buffer)).toBe(reason);
  });

  it('a GIF is refused with what to send instead', async () => {
    expect(await identify(bytesOf(await sample.gif()))).toMatchObject({
      reason: 'UNSUPPORTED_MEDIA',
      sentence: expect.stringContaining('PNG'),
    });
  });

  it.each([
    ['audio/birds_10s.wav', 'audio/wav'],
    ['audio/sound.wav', 'audio/wav'],
    ['timeseries/stub/stub_h264.mp4', 'video/mp4'],
    ['timeseries/stub/stub_mjpeg.avi', 'UNSUPPORTED_MEDIA'],
    ['timeseries/bulk-water.mov', 'UNSUPPORTED_MEDIA'],
    ['derived/video/bulk-water-vp9-opus.mkv', 'UNSUPPORTED_MEDIA'],
    ['malformed/audio/empty_2c.wav', 'TRUNCATED_FILE'],
    ['malformed/audio/stereo.wav', 'audio/wav'],
    ['malformed/audio/veryshort.wav', 'audio/wav'],
  ])('the sample %s is %s', async (path, wanted) => {
    const file = testData(path);
    if (file === undefined) return; // not in this checkout
    expect(await look(await readFile(file))).toBe(wanted);
  });

  it('no change of bytes and no cut makes it fail or hang', async () => {
    const files = [
      sample.wav(),
      sample.mp3(),
      sample.aac(),
      sample.flac(),
      sample.ogg(),
      sample.mp4('vide'),
      sample.webm(1),
    ];
    await fc.assert(
      fc.asyncProperty(
        fc.constantFrom(...files),
        fc.array(fc.tuple(fc.nat(), fc.nat(255)), { maxLength: 12 }),
        fc.double({ min: 0, max: 1, noNaN: true }),
        async (file, changes, share) => {
          const hurt = Buffer.from(file);
          for (const [at, value] of changes) hurt[at % Math.min(hurt.length, 200)] = value;
          const verdict = await identify(bytesOf(hurt.subarray(0, Math.ceil(share * hurt.length))));
          expect('mediaType' in verdict || verdict.sentence.length > 10).toBe(true);
        },
      ),
      { seed: PROPERTY_SEED, numRuns: 3000 },
    );
  });
});
