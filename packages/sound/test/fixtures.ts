import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { bytesSource } from '../src/byte-source.ts';
import { openSound, type Sound } from '../src/decode/index.ts';

/** A file that make-fixtures.sh has made. */
export const fixture = (name: string): Uint8Array =>
  new Uint8Array(readFileSync(fileURLToPath(new URL(`fixtures/${name}`, import.meta.url))));

export const open = (bytes: Uint8Array): Promise<Sound> => openSound(bytesSource(bytes));

/** All samples of a sound, by channel. */
export async function decode(sound: Sound): Promise<Float32Array[]> {
  const channels: number[][] = Array.from({ length: sound.channels }, () => []);
  for await (const block of sound.blocks()) block.forEach((samples, c) => channels[c]?.push(...samples));
  return channels.map((samples) => Float32Array.from(samples));
}

export const tone = (hz: number, sampleRate: number, length: number, amplitude = 1): Float32Array =>
  Float32Array.from({ length }, (_, i) => amplitude * Math.sin((2 * Math.PI * hz * i) / sampleRate));
