import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { decode, fixture, open } from '../../test/fixtures.ts';
import { bytesSource } from '../byte-source.ts';
import { SOUND_ERROR_CODES, SoundError } from '../errors.ts';
import { createSpectrogram, mixDown } from '../spectrogram.ts';
import { planSpectrogram } from '../plan.ts';
import { openSound } from './open.ts';
import type { Sound } from './sound.ts';

const WISH = {
  windowSize: 1024,
  window: 'hann',
  overlap: 0.5,
  scale: 'linear',
  fMinHz: 0,
  fMaxHz: 8000,
  secondsPerPixel: 0.02,
  rows: 128,
  minDb: -80,
  maxDb: 0,
  palette: 'grey',
  channel: 0,
} as const;

async function spectrogramOf(sound: Sound): Promise<Uint8Array[]> {
  const columns: Uint8Array[] = [];
  const plan = planSpectrogram(WISH, { sampleRate: sound.sampleRate, channels: sound.channels, durationS: 1.5 });
  const stream = createSpectrogram(plan, (levels) => columns.push(levels.slice()));
  for await (const block of sound.blocks()) stream.push(mixDown(block, 0));
  stream.finish();
  return columns;
}

describe('the same sound in every format', () => {
  it.each([
    ['sound-s16.wav', 'wav', 2, 32_000],
    ['sound.flac', 'flac', 2, 32_000],
    ['sound.mp3', 'mp3', 2, 32_000],
    ['sound-mpeg2.mp3', 'mp3', 1, 22_050],
    ['sound-vorbis.ogg', 'ogg-vorbis', 2, 32_000],
    ['sound-opus.ogg', 'ogg-opus', 2, 48_000],
  ] as const)('%s states how long it is, and is as long', async (name, format, channels, sampleRate) => {
    const sound = await open(fixture(name));
    expect(sound).toMatchObject({ format, channels, sampleRate, notes: [] });
    expect(sound.durationS).toBeCloseTo(1.5, 6);
    const samples = await decode(sound);
    expect(samples.map(({ length }) => length)).toEqual(Array(channels).fill(Math.round(1.5 * sampleRate)));
    expect(sound.notes).toEqual([]);
  });

  it('is the same to the last bit in FLAC', async () => {
    const [wav, flac] = await Promise.all(
      ['sound-s16.wav', 'sound.flac'].map(async (name) => decode(await open(fixture(name)))),
    );
    expect(flac).toEqual(wav);
  });

  it.each(['sound.mp3', 'sound-vorbis.ogg', 'sound-opus.ogg'])('has the same spectrogram in %s', async (name) => {
    const reference = await spectrogramOf(await open(fixture('sound-s16.wav')));
    const found = await spectrogramOf(await open(fixture(name)));
    expect(found).toHaveLength(reference.length);
    // Lossy encoders leave out what cannot be heard: only what stands out is compared. One level is 80/255 dB; 10 of them 3 dB.
    let compared = 0;
    let off = 0;
    reference.forEach((column, x) =>
      column.forEach((level, y) => {
        if (level < 160) return;
        compared += 1;
        if (Math.abs(level - (found[x]?.[y] ?? 0)) > 10) off += 1;
      }),
    );
    expect(compared).toBeGreaterThan(300);
    expect(off / compared).toBeLessThan(0.03);
  });

  it.each(['u8', 's24le', 's32le', 'f32le', 'f64le'])(
    'is the same in WAV of %s, within what that holds',
    async (kind) => {
      const [reference] = await decode(await open(fixture('sound-s16.wav')));
      const [found] = await decode(await open(fixture(`sound-${kind}.wav`)));
      expect(found).toHaveLength(3200);
      const worst = Math.max(...(found ?? []).map((value, i) => Math.abs(value - (reference?.[i] ?? 0))));
      expect(worst).toBeLessThanOrEqual(kind === 'u8' ? 1 / 128 : 1e-6);
    },
  );

  it('of 24 bits comes out of FLAC', async () => {
    const [reference] = await decode(await open(fixture('sound-s16.wav')));
    const sound = await open(fixture('sound-24.flac'));
    expect(sound.bitsPerSample).toBe(24);
    const [found] = await decode(sound);
    expect(found).toEqual(reference?.slice(0, 9600));
  });

  it('keeps six channels apart in WAV and in Vorbis, in the order of the file', async () => {
    const pitch = (samples: Float32Array): number => {
      let crossings = 0;
      for (let i = 1; i < samples.length; i++) if ((samples[i - 1] ?? 0) < 0 && (samples[i] ?? 0) >= 0) crossings += 1;
      return Math.round(crossings / 0.25 / 500) * 500;
    };
    const pitches = async (name: string): Promise<number[]> => (await decode(await open(fixture(name)))).map(pitch);
    expect(await pitches('six-channels.wav')).toEqual([500, 1000, 1500, 2000, 2500, 3000]);
    // Vorbis orders them left, centre, right, rear left, rear right, low (Vorbis I, 4.3.9); the last is not encoded above 120 Hz by all encoders.
    expect((await pitches('six-channels.ogg')).slice(0, 5)).toEqual([500, 1500, 1000, 2500, 3000]);
  });
});

describe('a sound without what the file tells beside it', () => {
  const bareOf = async (bytes: Uint8Array): Promise<Uint8Array> => {
    const { bare } = await open(bytes);
    return Uint8Array.from([...bare.head, ...bytes.subarray(bare.from, bare.to)]);
  };
  it.each(['sound.flac', 'sound.mp3', 'sound-vorbis.ogg', 'sound-opus.ogg', 'sound-s16.wav'])(
    '%s names nobody, and sounds the same',
    async (name) => {
      const bytes = fixture(name);
      const bare = await bareOf(bytes);
      const text = Buffer.from(bare).toString('latin1');
      expect(text).not.toContain('Person');
      expect(text).not.toContain('48.1');
      expect(await decode(await open(bare))).toEqual(await decode(await open(bytes)));
    },
  );
  it('is what the fixtures are for: they do name somebody', () => {
    for (const name of ['sound.flac', 'sound-vorbis.ogg', 'sound-opus.ogg'])
      expect(Buffer.from(fixture(name)).toString('latin1')).toContain('A. Person');
  });
});

describe('files that are not as they should be', () => {
  it.each(['sound.flac', 'sound.mp3', 'sound-vorbis.ogg', 'sound-opus.ogg', 'sound-s16.wav'])(
    '%s cut in the middle is read as far as it goes',
    async (name) => {
      const bytes = fixture(name);
      const sound = await open(bytes.subarray(0, Math.floor(bytes.length * 0.6)));
      const [samples] = await decode(sound);
      const seconds = (samples?.length ?? 0) / sound.sampleRate;
      expect(seconds).toBeGreaterThan(0.3);
      expect(seconds).toBeLessThan(1.4);
    },
  );

  it.each(['sound.flac', 'sound.mp3', 'sound-vorbis.ogg'])(
    '%s with damage goes on behind it, and says so',
    async (name) => {
      const bytes = fixture(name).slice();
      bytes.fill(0x5a, Math.floor(bytes.length * 0.5), Math.floor(bytes.length * 0.5) + 600);
      const sound = await open(bytes);
      const [samples] = await decode(sound);
      expect((samples?.length ?? 0) / sound.sampleRate).toBeGreaterThan(0.8);
      expect(sound.notes.join()).toContain('damaged and left out');
    },
  );

  it('never does anything but decode or refuse with a known code', async () => {
    const names = ['sound.flac', 'sound.mp3', 'sound-vorbis.ogg', 'sound-opus.ogg', 'sound-u8.wav'];
    await fc.assert(
      fc.asyncProperty(
        fc.constantFrom(...names),
        fc.array(fc.tuple(fc.nat(0xffff), fc.nat(255)), { minLength: 1, maxLength: 20 }),
        fc.nat(100),
        async (name, changes, percent) => {
          const bytes = fixture(name).slice(0, Math.ceil((fixture(name).length * percent) / 100));
          // Mostly headers, where one byte changes everything.
          for (const [at, value] of changes)
            if (bytes.length > 0) bytes[at % Math.min(bytes.length, at % 2 ? 300 : bytes.length)] = value;
          try {
            for await (const block of (await openSound(bytesSource(bytes))).blocks())
              for (const samples of block) if (samples.some((value) => !Number.isFinite(value))) return false;
            return true;
          } catch (error) {
            return error instanceof SoundError && SOUND_ERROR_CODES.includes(error.code);
          }
        },
      ),
      { seed: 20240607, numRuns: 150 },
    );
  }, 60_000);

  it.each([
    ['text', Buffer.from('hello'), 'UNKNOWN_FORMAT'],
    ['a film in RIFF', Buffer.from('RIFF\0\0\0\0AVI LIST'), 'UNKNOWN_FORMAT'],
    [
      'AAC, which begins nearly as MP3',
      Buffer.from([0xff, 0xf1, 0x50, 0x80, 0x02, 0x1f, 0xfc, 0xde]),
      'UNKNOWN_FORMAT',
    ],
    [
      'a tag with no sound behind it',
      Buffer.concat([Buffer.from('ID3\x04\0\0\0\0\0\x0a'), Buffer.alloc(2000)]),
      'CORRUPT_FILE',
    ],
    ['nothing', new Uint8Array(0), 'UNKNOWN_FORMAT'],
    [
      'FLAC of headers without end',
      Buffer.concat([Buffer.from('fLaC'), Buffer.alloc(20_000, Buffer.of(1, 0, 0, 0))]),
      'CORRUPT_FILE',
    ],
    [
      'WAV of parts without end',
      Buffer.concat([Buffer.from('RIFF\0\0\0\0WAVE'), Buffer.alloc(160_000, Buffer.from('junk\0\0\0\0'))]),
      'CORRUPT_FILE',
    ],
  ])('%s is refused', async (_what, bytes, code) => {
    await expect(open(bytes)).rejects.toMatchObject({ code });
  });
});
