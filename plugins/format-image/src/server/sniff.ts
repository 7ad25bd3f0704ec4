/** Formats that this plugin converts. */
export type PlainFormat = 'png' | 'jpeg' | 'bmp' | 'webp' | 'tiff';

/** Tells a format by its first bytes; names of files are not looked at. */
export function sniff(head: Uint8Array): PlainFormat | undefined {
  const starts = (...bytes: number[]): boolean => bytes.every((byte, i) => head[i] === byte);
  if (starts(0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a)) return 'png';
  if (starts(0xff, 0xd8, 0xff)) return 'jpeg';
  if (starts(0x52, 0x49, 0x46, 0x46) && text(head, 8, 4) === 'WEBP') return 'webp';
  // "BM" alone begins many a text: the size of the header that follows has to be one that exists.
  if (
    starts(0x42, 0x4d) &&
    head.length >= 26 &&
    BMP_HEADERS.includes(head[14] ?? 0) &&
    head[15] === 0 &&
    head[16] === 0
  )
    return 'bmp';
  const isTiff = [0x2a, 0x2b].some((version) => starts(0x49, 0x49, version, 0) || starts(0x4d, 0x4d, 0, version));
  return isTiff ? 'tiff' : undefined;
}

/** Sizes of the second header of BMP files: OS/2 1 and 2, Windows 3, with masks, with alpha, 4, 5. */
const BMP_HEADERS = [12, 16, 40, 52, 56, 64, 108, 124];

function text(head: Uint8Array, at: number, length: number): string {
  return String.fromCharCode(...head.subarray(at, at + length));
}
