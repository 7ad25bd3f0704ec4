import { SoundError } from '../../errors.ts';
import { text } from '../bytes.ts';
import { BitReader, ilog } from './bit-reader.ts';
import { type Codebook, readCodebook } from './codebook.ts';
import { type Floor, readFloor } from './floor.ts';
import { createImdct } from './imdct.ts';
import { readResidue, type Residue } from './residue.ts';

export interface VorbisHead {
  readonly channels: number;
  readonly sampleRate: number;
  readonly blockSizes: readonly [number, number];
}

const bad = (what: string): SoundError =>
  new SoundError('CORRUPT_FILE', `The Vorbis sound cannot be decoded: ${what} makes no sense.`);

/** Reads the first packet (Vorbis I, 4.2.2). */
export function readVorbisHead(packet: Uint8Array): VorbisHead {
  const bits = new BitReader(packet, 7);
  const version = bits.read(32);
  const channels = bits.read(8);
  const sampleRate = bits.read(32);
  for (let i = 0; i < 3; i++) bits.read(32);
  const sizes = [2 ** bits.read(4), 2 ** bits.read(4)] as const;
  if (version !== 0 || bits.isPastEnd || sizes[0] < 64 || sizes[1] > 8192 || sizes[0] > sizes[1])
    throw bad('its first header');
  return { channels, sampleRate, blockSizes: sizes };
}

interface Mapping {
  readonly couplings: readonly { readonly magnitude: number; readonly angle: number }[];
  readonly submapOf: readonly number[];
  readonly submaps: readonly { readonly floor: Floor; readonly residue: Residue }[];
}
interface Setup {
  readonly books: readonly Codebook[];
  readonly modes: readonly { readonly isLong: boolean; readonly mapping: Mapping }[];
}

function readSetup(packet: Uint8Array, { channels, blockSizes }: VorbisHead): Setup {
  if (packet[0] !== 5 || text(packet, 1, 6) !== 'vorbis') throw bad('its set-up');
  const bits = new BitReader(packet, 7);
  const list = <T>(length: number, read: () => T): T[] =>
    Array.from({ length }, () => {
      if (bits.isPastEnd) throw bad('its set-up');
      return read();
    });
  const books = list(bits.read(8) + 1, () => readCodebook(bits));
  list(bits.read(6) + 1, () => bits.read(16)); // transforms of time, none of which exists
  const floors = list(bits.read(6) + 1, () => readFloor(bits, books.length, blockSizes));
  const residues = list(bits.read(6) + 1, () => readResidue(bits, books));
  const mappings = list(bits.read(6) + 1, (): Mapping => {
    if (bits.read(16) !== 0) throw bad('a mapping');
    const count = bits.flag() ? bits.read(4) + 1 : 1;
    const width = ilog(channels - 1);
    const couplings = bits.flag()
      ? list(bits.read(8) + 1, () => ({ magnitude: bits.read(width), angle: bits.read(width) }))
      : [];
    if (couplings.some(({ magnitude, angle }) => magnitude === angle || Math.max(magnitude, angle) >= channels))
      throw bad('a coupling');
    if (bits.read(2) !== 0) throw bad('a mapping');
    const submapOf = count > 1 ? list(channels, () => bits.read(4)) : Array.from({ length: channels }, () => 0);
    const submaps = list(count, () => {
      bits.read(8);
      const floor = floors[bits.read(8)];
      const residue = residues[bits.read(8)];
      if (!floor || !residue) throw bad('a mapping');
      return { floor, residue };
    });
    if (submapOf.some((submap) => submap >= count)) throw bad('a mapping');
    return { couplings, submapOf, submaps };
  });
  const modes = list(bits.read(6) + 1, () => {
    const isLong = bits.flag();
    bits.read(32); // kinds of window and transform: there is one of each
    const mapping = mappings[bits.read(8)];
    if (!mapping) throw bad('a mode');
    return { isLong, mapping };
  });
  if (bits.isPastEnd) throw bad('its set-up');
  return { books, modes };
}

/** Decodes packets of sound one after the other. */
export interface VorbisDecoder {
  /** Samples that the packet completes, one array a channel; none for the first. Nothing for a packet that is damaged. */
  decode(packet: Uint8Array): Float32Array[] | undefined;
  /** Forgets the packet before, after a gap. */
  reset(): void;
}

/** @param setup - the third packet */
export function createVorbisDecoder(head: VorbisHead, setupPacket: Uint8Array): VorbisDecoder {
  const { channels, blockSizes } = head;
  const { books, modes } = readSetup(setupPacket, head);
  const modeBits = ilog(modes.length - 1);
  const imdcts = blockSizes.map(createImdct);
  const slopes = blockSizes.map((size) =>
    Float32Array.from({ length: size / 2 }, (_, i) =>
      Math.sin((Math.PI / 2) * Math.sin(((i + 0.5) / size) * Math.PI) ** 2),
    ),
  );
  let before: { readonly size: number; readonly blocks: readonly Float32Array[] } | undefined;

  function readSpectra(bits: BitReader, mapping: Mapping, size: number): Float32Array[] {
    const { couplings, submapOf, submaps } = mapping;
    const curves = submapOf.map((submap) => submaps[submap]!.floor.decode(bits, books));
    const spectra = submapOf.map(() => new Float32Array(size / 2));
    const isSilent = curves.map((curve) => curve === undefined);
    for (const { magnitude, angle } of couplings) {
      if (isSilent[magnitude] && isSilent[angle]) continue;
      isSilent[magnitude] = false;
      isSilent[angle] = false;
    }
    submaps.forEach(({ residue }, submap) => {
      const own = submapOf.flatMap((of, channel) => (of === submap ? [channel] : []));
      residue.decode(
        bits,
        books,
        own.map((channel) => spectra[channel]!),
        own.map((channel) => isSilent[channel]!),
      );
    });
    for (const { magnitude, angle } of couplings.toReversed()) uncouple(spectra[magnitude]!, spectra[angle]!);
    spectra.forEach((spectrum, channel) => {
      const curve = curves[channel];
      if (curve) curve(spectrum);
      else spectrum.fill(0);
    });
    return spectra;
  }

  return {
    decode(packet) {
      const bits = new BitReader(packet);
      if (bits.flag()) return undefined; // a header
      const mode = modes[bits.read(modeBits)];
      if (!mode || bits.isPastEnd) return undefined;
      const index = mode.isLong ? 1 : 0;
      if (mode.isLong) bits.read(2); // how the neighbours are: they say so themselves
      if (bits.isPastEnd) return undefined;
      const size = blockSizes[index];
      const spectra = readSpectra(bits, mode.mapping, size);
      const blocks = spectra.map((spectrum) => {
        const block = new Float32Array(size);
        imdcts[index]!(spectrum, block);
        return block;
      });
      const last = before;
      before = { size, blocks };
      if (!last) return Array.from({ length: channels }, () => new Float32Array(0));
      const slope = slopes[Math.min(last.size, size) === blockSizes[0] ? 0 : 1]!;
      return blocks.map((block, channel) => overlap(last.blocks[channel]!, last.size, block, size, slope));
    },
    reset() {
      before = undefined;
    },
  };
}

/** From the middle of one block to the middle of the next; they are blended over the length of the shorter one's half. */
function overlap(
  left: Float32Array,
  leftSize: number,
  right: Float32Array,
  rightSize: number,
  slope: Float32Array,
): Float32Array {
  const length = leftSize / 4 + rightSize / 4;
  const out = new Float32Array(length);
  const blend = slope.length;
  // Middle of the blend: three quarters of the left block, one quarter of the right.
  const leftStart = (3 * leftSize) / 4 - blend / 2;
  const rightStart = rightSize / 4 - blend / 2;
  const before = leftSize / 4 - blend / 2;
  for (let i = 0; i < before; i++) out[i] = left[leftSize / 2 + i]!;
  for (let i = 0; i < blend; i++)
    out[before + i] = left[leftStart + i]! * slope[blend - 1 - i]! + right[rightStart + i]! * slope[i]!;
  for (let i = before + blend, at = rightStart + blend; i < length; i++, at++) out[i] = right[at]!;
  return out;
}

function uncouple(magnitudes: Float32Array, angles: Float32Array): void {
  for (let i = 0; i < magnitudes.length; i++) {
    const m = magnitudes[i]!;
    const a = angles[i]!;
    if (a > 0) angles[i] = m > 0 ? m - a : m + a;
    else {
      angles[i] = m;
      magnitudes[i] = m > 0 ? m + a : m - a;
    }
  }
}
