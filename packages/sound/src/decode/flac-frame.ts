/** What STREAMINFO says. `samples` of one channel; 0: unknown. */
export interface StreamInfo {
  readonly sampleRate: number;
  readonly channels: number;
  readonly bits: number;
  readonly samples: number;
}

export type FlacFrame =
  | { readonly state: 'ok'; readonly channels: readonly Float32Array[]; readonly bytes: number }
  /** No frame here, or a damaged one. */
  | { readonly state: 'bad' };

const BAD: FlacFrame = { state: 'bad' };
class BadFrame extends Error {}

const CRC8 = crcTable(8, 0x07);
const CRC16 = crcTable(16, 0x8005);

function crcTable(width: 8 | 16, polynomial: number): Uint16Array {
  const top = 1 << (width - 1);
  return Uint16Array.from({ length: 256 }, (_, byte) => {
    let crc = byte << (width - 8);
    for (let bit = 0; bit < 8; bit++) crc = crc & top ? (crc << 1) ^ polynomial : crc << 1;
    return crc & (2 ** width - 1);
  });
}

function crc8(bytes: Uint8Array, from: number, to: number): number {
  let crc = 0;
  for (let i = from; i < to; i++) crc = CRC8[crc ^ bytes[i]!]!;
  return crc;
}

function crc16(bytes: Uint8Array, to: number): number {
  let crc = 0;
  for (let i = 0; i < to; i++) crc = ((crc << 8) & 0xffff) ^ CRC16[(crc >> 8) ^ bytes[i]!]!;
  return crc;
}

interface Header {
  readonly blockSize: number;
  /** Channels, or 8: left and side, 9: side and right, 10: middle and side. */
  readonly assignment: number;
  readonly bits: number;
  readonly bytes: number;
}

const BITS = [0, 8, 12, 0, 16, 20, 24, 32];

/** Reads the header of a frame (RFC 9639, 9.1); nothing where there is none. */
function readHeader(bytes: Uint8Array, at: number, stream: StreamInfo): Header | undefined {
  if (bytes.length < at + 6 || bytes[at] !== 0xff || (bytes[at + 1]! & 0xfe) !== 0xf8) return undefined;
  const sizeCode = bytes[at + 2]! >> 4;
  const rateCode = bytes[at + 2]! & 15;
  const assignment = bytes[at + 3]! >> 4;
  const bitsCode = (bytes[at + 3]! >> 1) & 7;
  if (sizeCode === 0 || rateCode === 15 || assignment > 10 || bitsCode === 3 || bytes[at + 3]! & 1) return undefined;
  let next = at + 4;
  // The number of the frame or sample, coded as UTF-8 codes characters.
  const lead = bytes[next]!;
  next += lead < 0x80 ? 1 : Math.clz32(~(lead << 24));
  let blockSize = sizeCode === 1 ? 192 : sizeCode <= 5 ? 576 << (sizeCode - 2) : 256 << (sizeCode - 8);
  if (sizeCode === 6) blockSize = bytes[next++]! + 1;
  if (sizeCode === 7) {
    blockSize = bytes[next]! * 256 + bytes[next + 1]! + 1;
    next += 2;
  }
  if (rateCode === 12) next += 1;
  if (rateCode === 13 || rateCode === 14) next += 2;
  if (next >= bytes.length || crc8(bytes, at, next) !== bytes[next]) return undefined;
  const channels = assignment < 8 ? assignment + 1 : 2;
  const bits = BITS[bitsCode] || stream.bits;
  if (channels !== stream.channels) return undefined;
  return { blockSize, assignment, bits, bytes: next + 1 - at };
}

/** Looks for the header of a frame from `from` on. */
export function findFlacFrame(bytes: Uint8Array, from: number, stream: StreamInfo): number | undefined {
  for (let at = bytes.indexOf(0xff, from); at >= 0; at = bytes.indexOf(0xff, at + 1))
    if (readHeader(bytes, at, stream)) return at;
  return undefined;
}

/** Decodes the frame that `bytes` begin with. */
export function decodeFlacFrame(bytes: Uint8Array, stream: StreamInfo): FlacFrame {
  const header = readHeader(bytes, 0, stream);
  if (!header) return BAD;
  const { assignment, blockSize, bits } = header;
  const reader = new BitReader(bytes, header.bytes);
  try {
    const channels: Int32Array[] = [];
    for (let channel = 0; channel < stream.channels; channel++) {
      const isSide =
        (assignment === 8 && channel === 1) ||
        (assignment === 9 && channel === 0) ||
        (assignment === 10 && channel === 1);
      channels.push(readSubframe(reader, blockSize, bits + (isSide ? 1 : 0)));
    }
    reader.align();
    const end = reader.byte;
    if (bytes.length < end + 2 || crc16(bytes, end) !== bytes[end]! * 256 + bytes[end + 1]!) return BAD;
    joinStereo(channels, assignment);
    return { state: 'ok', bytes: end + 2, channels: channels.map((samples) => toFloats(samples, bits)) };
  } catch (error) {
    if (error instanceof BadFrame) return BAD;
    throw error;
  }
}

// A loop: `Float32Array.from` with a function took half of the time of all decoding.
function toFloats(samples: Int32Array, bits: number): Float32Array {
  const scale = 1 / 2 ** (bits - 1);
  const floats = new Float32Array(samples.length);
  for (let i = 0; i < floats.length; i++) floats[i] = samples[i]! * scale;
  return floats;
}

function joinStereo(channels: readonly Int32Array[], assignment: number): void {
  const [first, second] = channels;
  if (assignment < 8 || !first || !second) return;
  for (let i = 0; i < first.length; i++) {
    const a = first[i]!;
    const b = second[i]!;
    if (assignment === 8) second[i] = a - b;
    else if (assignment === 9) first[i] = a + b;
    else {
      const middle = a * 2 + (b & 1);
      first[i] = (middle + b) >> 1;
      second[i] = (middle - b) >> 1;
    }
  }
}

/** Weights of the fixed predictors, newest sample first (RFC 9639, 9.2.5). */
const FIXED = [[], [1], [2, -1], [3, -3, 1], [4, -6, 4, -1]];

function readSubframe(reader: BitReader, length: number, bitsStored: number): Int32Array {
  if (reader.bits(1) !== 0) throw new BadFrame();
  const type = reader.bits(6);
  let wasted = 0;
  if (reader.bits(1) === 1) wasted = reader.unary() + 1;
  const bits = bitsStored - wasted;
  if (bits < 1 || bits > 32) throw new BadFrame();
  const samples = new Int32Array(length);
  if (type === 0) samples.fill(reader.signed(bits));
  else if (type === 1) for (let i = 0; i < length; i++) samples[i] = reader.signed(bits);
  else if (type >= 8 && type <= 12) {
    const order = type - 8;
    readPredicted(reader, samples, bits, order, FIXED[order] ?? [], 0);
  } else if (type >= 32) {
    const order = type - 31;
    if (order > length) throw new BadFrame();
    for (let i = 0; i < order; i++) samples[i] = reader.signed(bits);
    const precision = reader.bits(4) + 1;
    const shift = reader.signed(5);
    if (precision === 16 || shift < 0) throw new BadFrame();
    const weights = Array.from({ length: order }, () => reader.signed(precision));
    readPredicted(reader, samples, 0, order, weights, shift);
  } else throw new BadFrame();
  if (wasted > 0) for (let i = 0; i < length; i++) samples[i]! <<= wasted;
  return samples;
}

/** @param warmUpBits - of the first samples; 0 when they are read already */
function readPredicted(
  reader: BitReader,
  samples: Int32Array,
  warmUpBits: number,
  order: number,
  weights: readonly number[],
  shift: number,
): void {
  if (order > samples.length) throw new BadFrame();
  if (warmUpBits > 0) for (let i = 0; i < order; i++) samples[i] = reader.signed(warmUpBits);
  readResidual(reader, samples, order);
  const divisor = 2 ** shift;
  for (let i = order; i < samples.length; i++) {
    let sum = 0; // beyond 32 bits: a double holds 53
    for (let j = 0; j < order; j++) sum += weights[j]! * samples[i - 1 - j]!;
    samples[i]! += shift === 0 ? sum : Math.floor(sum / divisor);
  }
}

function readResidual(reader: BitReader, samples: Int32Array, order: number): void {
  const method = reader.bits(2);
  if (method > 1) throw new BadFrame();
  const parameterBits = method === 0 ? 4 : 5;
  const escape = 2 ** parameterBits - 1;
  const partitions = 1 << reader.bits(4);
  const size = samples.length / partitions;
  if (!Number.isInteger(size) || size < order) throw new BadFrame();
  for (let partition = 0, at = order; partition < partitions; partition++) {
    const parameter = reader.bits(parameterBits);
    const end = (partition + 1) * size;
    if (parameter === escape) {
      const bits = reader.bits(5);
      for (; at < end; at++) samples[at] = bits === 0 ? 0 : reader.signed(bits);
    } else reader.rice(samples, at, end, parameter);
    at = end;
  }
}

/** Reads bits, most significant first. Ends with BadFrame at the end of the bytes. */
class BitReader {
  private position: number;
  private held = 0;
  private count = 0;
  private readonly bytes: Uint8Array;
  constructor(bytes: Uint8Array, at: number) {
    this.bytes = bytes;
    this.position = at;
  }

  get byte(): number {
    return this.position - (this.count >> 3);
  }

  align(): void {
    this.count -= this.count & 7;
  }

  private fill(): void {
    if (this.position >= this.bytes.length) throw new BadFrame();
    this.held = ((this.held << 8) | this.bytes[this.position++]!) >>> 0;
    this.count += 8;
  }

  /** Up to 24 bits at once; more in two steps. */
  bits(length: number): number {
    if (length > 24) return this.bits(length - 16) * 65_536 + this.bits(16);
    if (length === 0) return 0;
    while (this.count < length) this.fill();
    this.count -= length;
    return (this.held >>> this.count) & (2 ** length - 1);
  }

  signed(length: number): number {
    const value = this.bits(length);
    return value >= 2 ** (length - 1) ? value - 2 ** length : value;
  }

  /** Zeros before the next one. */
  unary(): number {
    for (let zeros = 0; ;) {
      if (this.count === 0) this.fill();
      const left = this.held & (2 ** this.count - 1);
      if (left === 0) {
        zeros += this.count;
        this.count = 0;
        continue;
      }
      const lead = Math.clz32(left) - (32 - this.count);
      this.count -= lead + 1;
      return zeros + lead;
    }
  }

  /** Rice codes, folded: 0, −1, 1, −2, … */
  rice(samples: Int32Array, from: number, to: number, parameter: number): void {
    const factor = 2 ** parameter;
    for (let i = from; i < to; i++) {
      const value = this.unary() * factor + this.bits(parameter);
      samples[i] = value % 2 === 0 ? value / 2 : -(value + 1) / 2;
    }
  }
}
