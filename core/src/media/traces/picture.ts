import { crc32 } from 'node:zlib';

/**
 * Gives a picture without what it tells beside its pixels: place, time, device, people, comments, small copies of what it was before it was
 * cut, and anything behind its end. Colour profile, resolution and the way it is to be turned stay. Pixels are not decoded.
 *
 * @param orientation - 1 to 8, as the tag said; 1 is "as stored"
 * @returns the bytes as they are where the parts do not follow each other: the decoder tells the reason then
 */
export function withoutTraces(format: 'jpeg' | 'png' | 'webp', bytes: Buffer, orientation = 1): Buffer {
  const clean = { jpeg: cleanJpeg, png: cleanPng, webp: cleanWebp }[format](bytes, orientation);
  return clean ?? bytes;
}

/** The smallest Exif block that turns a picture: a TIFF with one entry (Exif 3.0, 4.6). */
function exifOf(orientation: number): Buffer {
  const tiff = Buffer.alloc(26);
  tiff.write('MM\0*', 0, 'latin1');
  tiff.writeUInt32BE(8, 4);
  tiff.writeUInt16BE(1, 8);
  tiff.writeUInt16BE(0x0112, 10);
  tiff.writeUInt16BE(3, 12);
  tiff.writeUInt32BE(1, 14);
  tiff.writeUInt16BE(orientation, 18);
  return tiff;
}

const SOI = 0xd8;
const EOI = 0xd9;
const SOS = 0xda;
const APP0 = 0xe0;
const APP15 = 0xef;
const COM = 0xfe;

function cleanJpeg(bytes: Buffer, orientation: number): Buffer | undefined {
  const parts: Buffer[] = [bytes.subarray(0, 2)];
  if (orientation !== 1) {
    const exif = Buffer.concat([Buffer.from('Exif\0\0', 'latin1'), exifOf(orientation)]);
    parts.push(Buffer.from([0xff, 0xe1, 0, exif.length + 2]), exif);
  }
  let at = 2;
  for (;;) {
    while (bytes[at] === 0xff && bytes[at + 1] === 0xff) at += 1; // fill bytes
    const marker = bytes[at + 1];
    if (bytes[at] !== 0xff || marker === undefined || marker === SOI) return undefined;
    if (marker === EOI) return Buffer.concat([...parts, bytes.subarray(at, at + 2)]);
    if (at + 4 > bytes.length) return undefined;
    const end = at + 2 + bytes.readUInt16BE(at + 2);
    if (end > bytes.length) return undefined;
    if (isKeptSegment(marker, bytes.toString('latin1', at + 4, at + 16))) parts.push(bytes.subarray(at, end));
    at = end;
    if (marker === SOS) {
      at = endOfScan(bytes, end);
      parts.push(bytes.subarray(end, at));
    }
  }
}

/** JFIF, colour profile and Adobe's colour transform are needed to show it; the other application parts and comments are not. */
function isKeptSegment(marker: number, name: string): boolean {
  if (marker === COM) return false;
  if (marker < APP0 || marker > APP15) return true;
  return name.startsWith('JFIF\0') || name.startsWith('ICC_PROFILE\0') || name.startsWith('Adobe');
}

/** Where the compressed samples end: at the next marker that is neither a stuffed byte nor a restart. */
function endOfScan(bytes: Buffer, from: number): number {
  for (let at = bytes.indexOf(0xff, from); at >= 0 && at + 1 < bytes.length; at = bytes.indexOf(0xff, at + 1)) {
    const next = bytes[at + 1] ?? 0;
    if (next !== 0 && next !== 0xff && (next < 0xd0 || next > 0xd7)) return at;
  }
  return bytes.length;
}

const PNG_KEPT = new Set('IHDR PLTE IDAT IEND tRNS gAMA cHRM sRGB iCCP cICP sBIT pHYs bKGD'.split(' '));

function cleanPng(bytes: Buffer, orientation: number): Buffer | undefined {
  const parts: Buffer[] = [bytes.subarray(0, 8)];
  for (let at = 8; at + 12 <= bytes.length;) {
    const end = at + 12 + bytes.readUInt32BE(at);
    if (end > bytes.length) return undefined;
    const type = bytes.toString('latin1', at + 4, at + 8);
    if (PNG_KEPT.has(type)) parts.push(bytes.subarray(at, end));
    if (type === 'IHDR' && orientation !== 1) parts.push(pngChunk('eXIf', exifOf(orientation)));
    if (type === 'IEND') return Buffer.concat(parts);
    at = end;
  }
  return undefined;
}

function pngChunk(type: string, content: Buffer): Buffer {
  const body = Buffer.concat([Buffer.from(type, 'latin1'), content]);
  const frame = Buffer.alloc(8);
  frame.writeUInt32BE(content.length);
  frame.writeUInt32BE(crc32(body), 4);
  return Buffer.concat([frame.subarray(0, 4), body, frame.subarray(4)]);
}

const WEBP_KEPT = new Set(['VP8 ', 'VP8L', 'VP8X', 'ALPH', 'ICCP', 'ANIM', 'ANMF']);
/** Bits of the VP8X flags (WebP container, "Extended File Format"). */
const HAS_EXIF = 8;
const HAS_XMP = 4;

function cleanWebp(bytes: Buffer, orientation: number): Buffer | undefined {
  const parts: Buffer[] = [];
  const limit = Math.min(bytes.length, 8 + bytes.readUInt32LE(4));
  let isExtended = false;
  for (let at = 12; at + 8 <= limit;) {
    const length = bytes.readUInt32LE(at + 4);
    const end = at + 8 + length + (length & 1);
    if (at + 8 + length > limit) return undefined;
    const type = bytes.toString('latin1', at, at + 4);
    if (WEBP_KEPT.has(type)) {
      const part = Buffer.from(bytes.subarray(at, end));
      if (type === 'VP8X') {
        isExtended = true;
        part[8] = ((part[8] ?? 0) & ~(HAS_EXIF | HAS_XMP)) | (orientation === 1 ? 0 : HAS_EXIF);
      }
      parts.push(part);
    }
    at = end;
  }
  if (isExtended && orientation !== 1) {
    const exif = exifOf(orientation);
    const frame = Buffer.from('EXIF\0\0\0\0', 'latin1');
    frame.writeUInt32LE(exif.length, 4);
    parts.push(frame, exif);
  }
  const body = Buffer.concat(parts);
  const head = Buffer.from(bytes.subarray(0, 12));
  head.writeUInt32LE(4 + body.length, 4);
  return Buffer.concat([head, body]);
}
