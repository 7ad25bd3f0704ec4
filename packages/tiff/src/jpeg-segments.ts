import { TiffError } from './error.ts';

/** JPEG markers by name (ITU T.81, table B.1). */
export const MARKER = {
  sof0: 0xc0,
  sof1: 0xc1,
  sof2: 0xc2,
  dht: 0xc4,
  rst0: 0xd0,
  soi: 0xd8,
  eoi: 0xd9,
  sos: 0xda,
  dqt: 0xdb,
  dri: 0xdd,
  app0: 0xe0,
  app14: 0xee,
  com: 0xfe,
} as const;

/** One marker segment: `start` is the position of its 0xFF, `end` the position after it. */
export interface JpegSegment {
  readonly marker: number;
  readonly start: number;
  readonly end: number;
}

/** Header of a JPEG stream, up to its first scan. */
export interface JpegHeader {
  readonly segments: readonly JpegSegment[];
  /** Position of the first byte of entropy-coded data; undefined in an abbreviated stream with tables only. */
  readonly dataStart: number | undefined;
}

/** What a frame header (SOF) says. */
export interface JpegFrame {
  readonly marker: number;
  readonly precision: number;
  readonly width: number;
  readonly height: number;
  readonly components: number;
  /** Pixels that one minimum coded unit covers. */
  readonly mcuWidth: number;
  readonly mcuHeight: number;
}

/**
 * Lists the segments of a JPEG stream up to its scan.
 *
 * @throws TiffError `UNREADABLE_TILE` when the bytes are no JPEG stream, or stop within the header
 */
export function readJpegHeader(bytes: Uint8Array): JpegHeader {
  if (bytes[0] !== 0xff || bytes[1] !== MARKER.soi) throw notJpeg('does not begin like one');
  const segments: JpegSegment[] = [];
  let at = 2;
  while (at + 1 < bytes.length) {
    if (bytes[at] !== 0xff) throw notJpeg('has a damaged header');
    const marker = bytes[at + 1] ?? 0;
    if (marker === 0xff) {
      at += 1; // fill byte
      continue;
    }
    if (marker === MARKER.eoi) return { segments, dataStart: undefined };
    if (at + 3 >= bytes.length) break;
    const end = at + 2 + (((bytes[at + 2] ?? 0) << 8) | (bytes[at + 3] ?? 0));
    if (end < at + 4 || end > bytes.length) break;
    segments.push({ marker, start: at, end });
    if (marker === MARKER.sos) return { segments, dataStart: end };
    at = end;
  }
  throw notJpeg('stops within its header');
}

/** Finds a segment by marker. */
export function findSegment(header: JpegHeader, marker: number): JpegSegment | undefined {
  return header.segments.find((segment) => segment.marker === marker);
}

/** Reads the frame header; nothing when there is none, or for a kind other than baseline, extended or progressive. */
export function readFrame(bytes: Uint8Array, header: JpegHeader): JpegFrame | undefined {
  const segment = header.segments.find(({ marker }) => marker >= MARKER.sof0 && marker <= MARKER.sof2);
  if (segment === undefined || segment.end - segment.start < 10) return undefined;
  const at = segment.start + 4;
  const u8 = (i: number): number => bytes[at + i] ?? 0;
  const components = u8(5);
  if (components === 0 || segment.end - segment.start < 10 + 3 * components) return undefined;
  let maxH = 1;
  let maxV = 1;
  for (let i = 0; i < components; i++) {
    maxH = Math.max(maxH, u8(7 + 3 * i) >> 4);
    maxV = Math.max(maxV, u8(7 + 3 * i) & 15);
  }
  // A scan of one component is not interleaved: its unit is one block whatever the sampling says (T.81, A.2.2).
  const isSingle = components === 1;
  return {
    marker: segment.marker,
    precision: u8(0),
    height: (u8(1) << 8) | u8(2),
    width: (u8(3) << 8) | u8(4),
    components,
    mcuWidth: isSingle ? 8 : 8 * maxH,
    mcuHeight: isSingle ? 8 : 8 * maxV,
  };
}

/**
 * Tells whether bytes are a JPEG picture as far as its header goes: segments follow each other up to a scan, a frame before
 * it. Without allocation: it runs for each tile that goes out.
 */
export function isJpegPicture(bytes: Uint8Array): boolean {
  if (bytes[0] !== 0xff || bytes[1] !== MARKER.soi) return false;
  let hasFrame = false;
  for (let at = 2; at + 3 < bytes.length && bytes[at] === 0xff;) {
    const marker = bytes[at + 1] ?? 0;
    if (marker === 0xff) {
      at += 1; // fill byte
      continue;
    }
    if (marker === MARKER.sos) return hasFrame;
    if (marker >= MARKER.sof0 && marker <= MARKER.sof2) hasFrame = true;
    at += 2 + Math.max(2, ((bytes[at + 2] ?? 0) << 8) | (bytes[at + 3] ?? 0));
  }
  return false;
}

/** Restart interval in minimum coded units; 0 without one. */
export function readRestartInterval(bytes: Uint8Array, header: JpegHeader): number {
  const segment = findSegment(header, MARKER.dri);
  return segment === undefined ? 0 : ((bytes[segment.start + 4] ?? 0) << 8) | (bytes[segment.start + 5] ?? 0);
}

/** Makes a copy of a frame header with another size. */
export function frameWithSize(bytes: Uint8Array, segment: JpegSegment, width: number, height: number): Uint8Array {
  const frame = bytes.slice(segment.start, segment.end);
  frame.set([height >> 8, height & 0xff, width >> 8, width & 0xff], 5);
  return frame;
}

/** Makes a segment that sets the restart interval. */
export function restartIntervalSegment(units: number): Uint8Array {
  return Uint8Array.of(0xff, MARKER.dri, 0, 4, units >> 8, units & 0xff);
}

/**
 * "The three components are red, green and blue as they stand": Adobe's APP14 with transform 0. Without it (and without
 * JFIF) decoders take three components for YCbCr.
 */
export const ADOBE_RGB = Uint8Array.of(0xff, MARKER.app14, 0, 14, 0x41, 0x64, 0x6f, 0x62, 0x65, 0, 100, 0, 0, 0, 0, 0);

/** Tells whether a segment is Adobe's APP14. */
export function isAdobe(bytes: Uint8Array, { marker, start, end }: JpegSegment): boolean {
  return (
    marker === MARKER.app14 &&
    end - start >= 16 &&
    String.fromCharCode(...bytes.subarray(start + 4, start + 9)) === 'Adobe'
  );
}

/** Puts pieces together. */
export function concatBytes(pieces: readonly Uint8Array[]): Uint8Array {
  const out = new Uint8Array(pieces.reduce((sum, piece) => sum + piece.length, 0));
  let at = 0;
  for (const piece of pieces) {
    out.set(piece, at);
    at += piece.length;
  }
  return out;
}

function notJpeg(how: string): TiffError {
  return new TiffError('UNREADABLE_TILE', `A part of the image should be JPEG but ${how}; the file is damaged there.`);
}
