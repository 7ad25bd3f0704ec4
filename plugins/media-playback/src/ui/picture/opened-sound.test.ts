import { readFile } from 'node:fs/promises';
import { bytesSource } from '@exact/sound';
import { beforeAll, describe, expect, it } from 'vitest';
import { openRemote, type OpenedSound } from './opened-sound.ts';

const never = new AbortController().signal;
const fixture = (name: string): Promise<Buffer> =>
  readFile(new URL(`../../../../../packages/sound/test/fixtures/${name}`, import.meta.url));

/** Samples of the first channel from a time on. */
async function samplesFrom(sound: OpenedSound, fromS: number): Promise<number[]> {
  const found: number[] = [];
  for await (const block of sound.from(fromS, never)) for (const value of block[0] ?? []) found.push(value);
  return found;
}
/** 16 bits are kept of what was decoded. */
const expectSame = (a: readonly number[], b: readonly number[]): void => {
  expect(a.length).toBe(b.length);
  expect(Math.max(0, ...a.map((value, i) => Math.abs(value - (b[i] ?? 0))))).toBeLessThan(1 / 30_000);
};

describe.each(['sound.flac', 'sound-vorbis.ogg', 'sound-opus.ogg', 'sound.mp3'])('a packed sound (%s)', (name) => {
  let bytes: Buffer;
  let whole: number[];
  beforeAll(async () => {
    bytes = await fixture(name);
    whole = await samplesFrom(await openRemote(bytesSource(bytes), never), 0);
  });

  it('says how long it is before it is decoded', async () => {
    const { facts } = await openRemote(bytesSource(bytes), never);
    expect(facts.durationS * facts.sampleRate).toBeCloseTo(whole.length, -3);
  });

  it('gives any stretch, whatever was read before', async () => {
    const sound = await openRemote(bytesSource(bytes), never);
    const rate = sound.facts.sampleRate;
    const half = Math.round((sound.facts.durationS / 2) * rate);
    expectSame(await samplesFrom(sound, half / rate), whole.slice(half));
    expectSame(await samplesFrom(sound, 0), whole);
    expectSame(await samplesFrom(sound, half / rate), whole.slice(half));
    expect(await samplesFrom(sound, sound.facts.durationS + 1)).toEqual([]);
  });

  it('gives the same to two who read at once, and to one after another has stopped in the middle', async () => {
    const sound = await openRemote(bytesSource(bytes), never);
    const [a, b] = await Promise.all([samplesFrom(sound, 0), samplesFrom(sound, 0)]);
    expectSame(a, whole);
    expectSame(b, whole);
    const other = await openRemote(bytesSource(bytes), never);
    for await (const block of other.from(0, never)) if ((block[0]?.length ?? 0) > 0) break;
    expectSame(await samplesFrom(other, 0), whole);
  });
});
