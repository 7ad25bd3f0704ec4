import { SoundError } from '../../errors.ts';
import type { BitReader } from './bit-reader.ts';
import type { Codebook } from './codebook.ts';

/** What is left of spectra without their floors (Vorbis I, 8). */
export interface Residue {
  /** Reads into spectra of equal length, which are zero before; those of `isSkipped` stay so. */
  decode(
    bits: BitReader,
    books: readonly Codebook[],
    spectra: readonly Float32Array[],
    isSkipped: readonly boolean[],
  ): void;
}

const bad = (): SoundError =>
  new SoundError('CORRUPT_FILE', 'The Vorbis sound cannot be decoded: a residue in its set-up makes no sense.');

export function readResidue(bits: BitReader, books: readonly Codebook[]): Residue {
  const type = bits.read(16);
  const begin = bits.read(24);
  const end = bits.read(24);
  const partitionSize = bits.read(24) + 1;
  const classCount = bits.read(6) + 1;
  const classBook = books[bits.read(8)];
  const cascades = Array.from({ length: classCount }, () => {
    const low = bits.read(3);
    return (bits.flag() ? bits.read(5) * 8 : 0) + low;
  });
  const stages = cascades.map((cascade) =>
    Array.from({ length: 8 }, (_, pass) => ((cascade >> pass) & 1 ? bits.read(8) : -1)),
  );
  if (bits.isPastEnd || type > 2 || begin > end || !classBook || classBook.dimensions === 0) throw bad();
  if (stages.flat().some((book) => book >= 0 && !books[book]?.vectors)) throw bad();
  const wordClasses = classBook.dimensions;

  function decodeVectors(
    packet: BitReader,
    allBooks: readonly Codebook[],
    spectra: readonly Float32Array[],
    isInterleaved: boolean,
  ): void {
    const size = spectra[0]?.length ?? 0;
    const first = Math.min(begin, size);
    const count = Math.floor((Math.min(end, size) - first) / partitionSize);
    const classes = spectra.map(() => new Uint8Array(count + wordClasses));
    for (let pass = 0; pass < 8; pass++) {
      for (let partition = 0; partition < count;) {
        if (pass === 0) {
          for (const own of classes) {
            let word = classBook!.decode(packet); // checked when the set-up was read
            if (word < 0) return;
            for (let i = wordClasses - 1; i >= 0; i--) {
              own[partition + i] = word % classCount;
              word = Math.floor(word / classCount);
            }
          }
        }
        for (let i = 0; i < wordClasses && partition < count; i++, partition++) {
          for (const [channel, spectrum] of spectra.entries()) {
            const number = stages[classes[channel]![partition]!]![pass]!;
            if (number < 0) continue;
            if (!addPartition(packet, allBooks[number]!, spectrum, first + partition * partitionSize, isInterleaved))
              return;
          }
        }
      }
    }
  }

  /** @returns false at the end of the packet */
  function addPartition(
    packet: BitReader,
    book: Codebook,
    spectrum: Float32Array,
    at: number,
    isType0: boolean,
  ): boolean {
    const { dimensions, vectors } = book;
    if (!vectors) return true;
    if (isType0) {
      const step = Math.floor(partitionSize / dimensions);
      for (let i = 0; i < step; i++) {
        const entry = book.decode(packet);
        if (entry < 0) return false;
        for (let j = 0; j < dimensions; j++) spectrum[at + i + j * step]! += vectors[entry * dimensions + j]!;
      }
      return true;
    }
    for (let i = 0; i < partitionSize;) {
      const entry = book.decode(packet);
      if (entry < 0) return false;
      for (let j = 0; j < dimensions && i < partitionSize; j++, i++)
        spectrum[at + i]! += vectors[entry * dimensions + j]!;
    }
    return true;
  }

  return {
    decode(packet, allBooks, spectra, isSkipped) {
      if (type !== 2) {
        decodeVectors(
          packet,
          allBooks,
          spectra.filter((_, i) => !isSkipped[i]),
          type === 0,
        );
        return;
      }
      if (isSkipped.every(Boolean)) return;
      // All channels in one vector, value by value.
      const size = spectra[0]?.length ?? 0;
      const woven = new Float32Array(size * spectra.length);
      decodeVectors(packet, allBooks, [woven], false);
      for (const [channel, spectrum] of spectra.entries())
        for (let i = 0, at = channel; i < size; i++, at += spectra.length) spectrum[i] = woven[at]!;
    },
  };
}
