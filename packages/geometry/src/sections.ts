import type { GeometryError } from './errors.ts';

/** Places byte sections one behind the other, each at a multiple of 4, so that typed arrays can look into them. */
export function placeSections(
  start: number,
  lengths: readonly number[],
): { readonly offsets: readonly number[]; readonly end: number } {
  let end = start;
  const offsets = lengths.map((length) => {
    const offset = end;
    end += Math.ceil(length / 4) * 4;
    return offset;
  });
  return { offsets, end };
}

/**
 * Opens a document that begins with its magic number and its length: gives exactly its bytes, copied only where they do not
 * begin at a multiple of 4 in their buffer.
 *
 * @throws what `damaged` makes of the reason
 */
export function openSections(
  data: ArrayBuffer | Uint8Array,
  form: {
    readonly magic: number;
    readonly headerBytes: number;
    readonly damaged: (reason: string) => GeometryError;
  },
): { readonly bytes: Uint8Array<ArrayBuffer>; readonly header: DataView } {
  const { magic, headerBytes, damaged } = form;
  // A plain view, also of a Node Buffer, whose `slice` would not copy.
  const all =
    data instanceof Uint8Array
      ? new Uint8Array(data.buffer as ArrayBuffer, data.byteOffset, data.length)
      : new Uint8Array(data);
  if (all.length < headerBytes) throw damaged(`it has ${all.length} bytes, the header alone takes ${headerBytes}`);
  const start = new DataView(all.buffer, all.byteOffset, headerBytes);
  if (start.getUint32(0, true) !== magic) {
    const name = String.fromCharCode(magic & 0xff, (magic >> 8) & 0xff, (magic >> 16) & 0xff, magic >>> 24);
    throw damaged(`it does not begin with "${name}"`);
  }
  const length = start.getUint32(4, true);
  if (length < headerBytes || all.length < length) throw damaged(`it has ${all.length} of ${length} bytes`);
  const bytes = all.byteOffset % 4 === 0 ? all.subarray(0, length) : all.slice(0, length);
  return { bytes, header: new DataView(bytes.buffer, bytes.byteOffset, headerBytes) };
}
