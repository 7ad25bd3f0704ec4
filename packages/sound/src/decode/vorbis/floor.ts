import { SoundError } from '../../errors.ts';
import { type BitReader, ilog } from './bit-reader.ts';
import type { Codebook } from './codebook.ts';

/** The rough shape of a spectrum. `decode` reads it from a packet and gives what draws it, or nothing for silence. */
export interface Floor {
  decode(bits: BitReader, books: readonly Codebook[]): ((spectrum: Float32Array) => void) | undefined;
}

const bad = (): SoundError =>
  new SoundError('CORRUPT_FILE', 'The Vorbis sound cannot be decoded: a floor in its set-up makes no sense.');

export function readFloor(bits: BitReader, books: number, blockSizes: readonly [number, number]): Floor {
  const type = bits.read(16);
  if (type === 1) return readFloor1(bits, books);
  if (type === 0) return readFloor0(bits, books, blockSizes);
  throw bad();
}

/** Values of the curve's 256 steps: from −139.5 dB up to 0 dB (the table of Vorbis I, 10.1, is this series). */
const AMPLITUDES = Float32Array.from({ length: 256 }, (_, i) => 10 ** ((((i + 1) * 140) / 256 - 140) / 20));

function readFloor1(bits: BitReader, bookCount: number): Floor {
  const partitions = Array.from({ length: bits.read(5) }, () => bits.read(4));
  const classes = Array.from({ length: Math.max(-1, ...partitions) + 1 }, () => {
    const dimensions = bits.read(3) + 1;
    const subclassBits = bits.read(2);
    const master = subclassBits > 0 ? bits.read(8) : -1;
    const books = Array.from({ length: 1 << subclassBits }, () => bits.read(8) - 1);
    if (master >= bookCount || books.some((book) => book >= bookCount)) throw bad();
    return { dimensions, subclassBits, master, books };
  });
  const multiplier = bits.read(2) + 1;
  const rangeBits = bits.read(4);
  const xs = [0, 2 ** rangeBits];
  for (const index of partitions)
    for (let i = 0; i < (classes[index]?.dimensions ?? 0); i++) xs.push(bits.read(rangeBits));
  if (bits.isPastEnd || xs.length > 65 || new Set(xs).size !== xs.length) throw bad();
  const range = [256, 128, 86, 64][multiplier - 1]!;
  const yBits = ilog(range - 1);
  const order = xs.map((_, i) => i).sort((a, b) => xs[a]! - xs[b]!);
  // Nearest points on both sides among those that come before.
  const neighbours = xs.map((x, i) => {
    let low = 0;
    let high = 1;
    for (let j = 0; j < i; j++) {
      if (xs[j]! < x && (xs[j]! > xs[low]! || xs[low]! >= x)) low = j;
      if (xs[j]! > x && (xs[j]! < xs[high]! || xs[high]! <= x)) high = j;
    }
    return [low, high] as const;
  });

  return {
    decode(packet, books) {
      if (!packet.flag()) return undefined;
      const ys = [packet.read(yBits), packet.read(yBits)];
      for (const index of partitions) {
        const { dimensions, subclassBits, master, books: subBooks } = classes[index]!;
        let value = master >= 0 ? books[master]!.decode(packet) : 0;
        if (value < 0) return undefined;
        for (let i = 0; i < dimensions; i++) {
          const book = subBooks[value & ((1 << subclassBits) - 1)]!;
          value >>= subclassBits;
          ys.push(book >= 0 ? books[book]!.decode(packet) : 0);
        }
      }
      if (packet.isPastEnd || ys.some((y) => y < 0)) return undefined;
      const { heights, isDrawn } = unwrap(ys);
      return (spectrum) => {
        let lastX = 0;
        let lastY = heights[0]! * multiplier;
        for (const i of order.slice(1)) {
          if (!isDrawn[i]) continue;
          const y = heights[i]! * multiplier;
          drawLine(lastX, lastY, Math.min(xs[i]!, spectrum.length), xs[i]!, y, spectrum);
          lastX = xs[i]!;
          lastY = y;
        }
        const amplitude = AMPLITUDES[clamp(lastY)]!;
        for (let x = lastX; x < spectrum.length; x++) spectrum[x]! *= amplitude;
      };
    },
  };

  /** Heights from differences to what the neighbours let expect. */
  function unwrap(ys: readonly number[]): { heights: number[]; isDrawn: boolean[] } {
    const heights = [ys[0]!, ys[1]!];
    const isDrawn = [true, true];
    for (let i = 2; i < xs.length; i++) {
      const [low, high] = neighbours[i]!;
      const expected = pointOn(xs[low]!, heights[low]!, xs[high]!, heights[high]!, xs[i]!);
      const above = range - expected;
      const room = Math.min(above, expected) * 2;
      const value = ys[i]!;
      isDrawn[i] = value !== 0;
      if (value === 0) {
        heights[i] = expected;
        continue;
      }
      isDrawn[low] = true;
      isDrawn[high] = true;
      let height: number;
      if (value >= room) height = above > expected ? value : expected - value + above - 1;
      else height = value % 2 === 1 ? expected - (value + 1) / 2 : expected + value / 2;
      heights[i] = Math.max(0, Math.min(range - 1, height));
    }
    return { heights, isDrawn };
  }
}

const clamp = (value: number): number => Math.max(0, Math.min(255, value));

function pointOn(x0: number, y0: number, x1: number, y1: number, x: number): number {
  const offset = Math.trunc((Math.abs(y1 - y0) * (x - x0)) / (x1 - x0));
  return y1 < y0 ? y0 - offset : y0 + offset;
}

/** Whole-number line of Vorbis I, 9.2.7, up to before `end`. */
function drawLine(x0: number, y0: number, end: number, x1: number, y1: number, spectrum: Float32Array): void {
  const width = x1 - x0;
  const height = y1 - y0;
  const base = Math.trunc(height / width);
  const step = height < 0 ? base - 1 : base + 1;
  const rest = Math.abs(height) - Math.abs(base * width);
  let error = 0;
  let y = y0;
  for (let x = x0; x < end; x++) {
    spectrum[x]! *= AMPLITUDES[clamp(y)]!;
    error += rest;
    if (error >= width) {
      error -= width;
      y += step;
    } else y += base;
  }
}

/** Floor 0: line spectral pairs. No encoder since 2001 writes it. (Vorbis I, 6) */
function readFloor0(bits: BitReader, bookCount: number, blockSizes: readonly [number, number]): Floor {
  const order = bits.read(8);
  const rate = bits.read(16);
  const mapSize = bits.read(16);
  const amplitudeBits = bits.read(6);
  const amplitudeOffset = bits.read(8);
  const numbers = Array.from({ length: bits.read(4) + 1 }, () => bits.read(8));
  if (bits.isPastEnd || order === 0 || rate === 0 || mapSize === 0 || numbers.some((book) => book >= bookCount))
    throw bad();
  const bark = (x: number): number => 13.1 * Math.atan(0.00074 * x) + 2.24 * Math.atan(1.85e-8 * x * x) + 1e-4 * x;
  const maps = new Map(
    blockSizes.map((size) => [
      size / 2,
      Int32Array.from({ length: size / 2 }, (_, i) =>
        Math.min(mapSize - 1, Math.floor((bark((rate * i) / size) * mapSize) / bark(0.5 * rate))),
      ),
    ]),
  );
  return {
    decode(packet, books) {
      const amplitude = packet.read(amplitudeBits);
      if (amplitude === 0 || packet.isPastEnd) return undefined;
      const book = books[numbers[packet.read(ilog(numbers.length))] ?? -1];
      if (!book?.vectors) return undefined;
      const cosines: number[] = [];
      for (let last = 0; cosines.length < order;) {
        const entry = book.decode(packet);
        if (entry < 0) return undefined;
        for (let i = 0; i < book.dimensions; i++) cosines.push((book.vectors[entry * book.dimensions + i] ?? 0) + last);
        last = cosines.at(-1) ?? 0;
      }
      cosines.length = order;
      return (spectrum) => {
        const map = maps.get(spectrum.length);
        if (!map) return;
        for (let i = 0; i < spectrum.length;) {
          const w = (Math.PI * map[i]!) / mapSize;
          const cos = Math.cos(w);
          let p = order % 2 ? 1 - cos * cos : (1 - cos) / 2;
          let q = order % 2 ? 0.25 : (1 + cos) / 2;
          for (let j = 0; j < order; j++) {
            const factor = 4 * (Math.cos(cosines[j]!) - cos) ** 2;
            if (j % 2) p *= factor;
            else q *= factor;
          }
          const value = Math.exp(
            0.11512925 *
              ((amplitude * amplitudeOffset) / ((2 ** amplitudeBits - 1) * Math.sqrt(p + q)) - amplitudeOffset),
          );
          for (const band = map[i]; i < spectrum.length && map[i] === band; i++) spectrum[i]! *= value;
        }
      };
    },
  };
}
