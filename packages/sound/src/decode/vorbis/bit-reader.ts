/** Reads bits of a packet, least significant first (Vorbis I, 2.1.4). Past the end it gives zeros, and says so. */
export class BitReader {
  private readonly bytes: Uint8Array;
  private at: number;
  private bit = 0;
  isPastEnd = false;
  constructor(bytes: Uint8Array, at = 0) {
    this.bytes = bytes;
    this.at = at;
  }

  /** Up to 32 bits. */
  read(length: number): number {
    let value = 0;
    for (let got = 0; got < length;) {
      if (this.at >= this.bytes.length) {
        this.isPastEnd = true;
        return value;
      }
      const take = Math.min(8 - this.bit, length - got);
      value += ((this.bytes[this.at]! >> this.bit) & ((1 << take) - 1)) * 2 ** got;
      got += take;
      this.skip(take);
    }
    return value;
  }

  flag(): boolean {
    return this.read(1) === 1;
  }

  /** The next bits without going on, zeros past the end; up to 16. */
  peek(length: number): number {
    const { at, bytes } = this;
    const word = (bytes[at] ?? 0) | ((bytes[at + 1] ?? 0) << 8) | ((bytes[at + 2] ?? 0) << 16);
    return (word >> this.bit) & ((1 << length) - 1);
  }

  /** Goes on by up to 16 bits. */
  skip(length: number): void {
    this.bit += length;
    this.at += this.bit >> 3;
    this.bit &= 7;
    if (this.at > this.bytes.length || (this.at === this.bytes.length && this.bit > 0)) this.isPastEnd = true;
  }
}

/** Bits that a number needs; 0 for 0 (Vorbis I, 9.2.1). */
export const ilog = (value: number): number => (value > 0 ? 32 - Math.clz32(value) : 0);
