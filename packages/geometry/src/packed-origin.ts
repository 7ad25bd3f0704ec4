/** Kinds of packed geometry (see packed.ts) by what comes before their first point. */
const [LINE, POLYGON, IMAGE] = [3, 4, 5];
const FLAG = 128;

/**
 * Gives the first point of a packed geometry in grid steps (1/256 px): the corner of a box, the middle of an ellipse. (0, 0) for
 * the whole image and for bytes that are no geometry: it never fails, and the same bytes always give the same.
 *
 * @param end - where the bytes of the geometry end
 * @param origin - takes x and y, so that nothing is made for each of a million
 */
export function packedOrigin(bytes: Uint8Array, start: number, end: number, origin: Int32Array): void {
  origin[0] = 0;
  origin[1] = 0;
  const header = start < end ? bytes[start]! : IMAGE;
  const kind = header & 7;
  if (kind >= IMAGE) return;
  let at = start + 1;
  const counts = kind === LINE ? 1 : kind !== POLYGON ? 0 : (header & FLAG) !== 0 ? 1 : 3;
  for (let left = counts; left > 0 && at < end; at++) if (bytes[at]! < 128) left--;
  const unit = (header >> 3) & 15;
  for (let axis = 0; axis < 2; axis++) {
    let value = 0;
    for (let shift = 0; shift < 35 && at < end; shift += 7) {
      const byte = bytes[at++]!;
      value |= (byte & 127) << shift;
      if (byte < 128) break;
    }
    origin[axis] = ((value >>> 1) ^ -(value & 1)) << unit;
  }
}
