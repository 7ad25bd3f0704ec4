import { bytesSource, type ByteSource } from '@exact/sound';
import { describe, expect, it } from 'vitest';
import { makeWav, tone } from '../../../test/make-wav.ts';
import { makePicture } from './make-picture.ts';
import { openRemote, openSamples, type OpenedSound } from './opened-sound.ts';
import { dbOfLevel, type PictureRequest } from './protocol.ts';

const never = new AbortController().signal;
const request = (more: Partial<PictureRequest>): PictureRequest => ({
  ...{ fromS: 0, toS: 4, columns: 200, rows: 64, scale: 'linear', windowSize: 512 },
  ...more,
});

/** The whole picture, put together from its strips. */
async function draw(sound: OpenedSound, wanted: PictureRequest, signal = never) {
  const [low, high] = [new Float32Array(wanted.columns), new Float32Array(wanted.columns)];
  const levels = new Uint8Array(wanted.columns * wanted.rows);
  const strips: number[] = [];
  await makePicture(
    sound,
    wanted,
    (strip) => {
      strips.push(strip.column);
      low.set(strip.low, strip.column);
      high.set(strip.high, strip.column);
      for (let row = 0; row < wanted.rows; row += 1)
        levels.set(
          strip.levels.subarray(row * strip.count, (row + 1) * strip.count),
          row * wanted.columns + strip.column,
        );
    },
    signal,
  );
  /** The row of a column that is loudest. */
  const loudest = (column: number): number =>
    Array.from({ length: wanted.rows }, (_, row) => levels[row * wanted.columns + column] ?? 0).reduce(
      (best, level, row, all) => (level > (all[best] ?? 0) ? row : best),
      0,
    );
  return { low, high, levels, strips, loudest };
}

/** 1 kHz in the second second, silence else. */
const wav = makeWav({ sampleRate: 8000, seconds: 4 }, (t) => (t >= 1 && t < 2 ? tone(1000, 0.5)(t) : 0));

describe('the picture of a sound', () => {
  it('has the tone where it is in time, amplitude and frequency, and silence dark', async () => {
    const sound = await openRemote(bytesSource(wav), never);
    expect(sound.facts).toEqual({ sampleRate: 8000, channels: 1, durationS: 4 });
    const { low, high, levels, loudest, strips } = await draw(sound, request({}));
    expect(high[75]).toBeCloseTo(0.5, 2);
    expect(low[75]).toBeCloseTo(-0.5, 2);
    expect(high[20]).toBe(0);
    expect(high[120]).toBe(0);
    expect(loudest(75)).toBe(47); // 1 kHz of 4, from the top
    // −6 dB, of which a row of four frequencies has the mean power
    expect(dbOfLevel(levels[47 * 200 + 75] ?? 0)).toBeGreaterThan(-15);
    expect(dbOfLevel(levels[47 * 200 + 75] ?? 0)).toBeLessThan(-6);
    expect(levels[47 * 200 + 20]).toBe(0);
    expect(strips[0]).toBe(0);
  });

  it('of a stretch is that part of the whole, and fetches no more of a WAV than that', async () => {
    const counted: { from: number; to: number }[] = [];
    const source: ByteSource = {
      size: wav.length,
      read(offset, length) {
        counted.push({ from: offset, to: offset + length });
        return bytesSource(wav).read(offset, length);
      },
    };
    const sound = await openRemote(source, never);
    counted.length = 0;
    const { high, loudest } = await draw(sound, request({ fromS: 1.5, toS: 2.5, columns: 100 }));
    expect(high[10]).toBeCloseTo(0.5, 2);
    expect(high[80]).toBe(0);
    expect(loudest(0)).toBe(47); // what was before the edge is in its first spectra
    expect(Math.min(...counted.map(({ from }) => from))).toBeGreaterThan(44 + 1.3 * 16_000);
  });

  it('ends in silence where the sound ends before the stretch does', async () => {
    const sound = openSamples(8000, [new Float32Array(400).fill(0.25), new Float32Array(400).fill(-0.75)]);
    const { low, high } = await draw(sound, request({ toS: 9, columns: 50 }));
    expect(high[0]).toBe(0.25);
    expect(low[49]).toBe(-0.75);
    const tiny = await draw(openSamples(8000, [new Float32Array(1)]), request({ toS: 1 / 8000, columns: 30 }));
    expect([...tiny.high, ...tiny.low].every((value) => value === 0)).toBe(true);
  });

  it('stops when nobody waits for it any more', async () => {
    const abort = new AbortController();
    abort.abort(new Error('gone'));
    await expect(draw(await openRemote(bytesSource(wav), never), request({}), abort.signal)).rejects.toThrow('gone');
  });
});
