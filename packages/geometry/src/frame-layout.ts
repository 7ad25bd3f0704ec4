/** First four bytes of a frame: "EXA2", read as a little-endian number. */
export const FRAME_MAGIC = 0x32_41_58_45;
export const FRAME_HEADER_BYTES = 32;
/** What the geometries of a frame are: 0 the full shapes; higher numbers are coarser, by agreement of the two ends. */
export const FRAME_LEVEL_FULL = 0;

/** Bits of the state flags of an annotation in a frame; `verified` means accepted by a verifier. */
export const FRAME_FLAGS = { verified: 1, hidden: 2, deleted: 4, locked: 8, rejected: 16 } as const;

/** Byte offsets of the sections of a frame; all are multiples of 4. */
export interface FrameLayout {
  readonly uuids: number;
  readonly templateIds: number;
  readonly authorIds: number;
  readonly revisions: number;
  readonly bounds: number;
  readonly lengths: number;
  readonly flags: number;
  readonly kinds: number;
  readonly geometry: number;
  readonly end: number;
}

/** Places the sections for `count` annotations with `geometryBytes` bytes of packed geometry. */
export function layOutFrame(count: number, geometryBytes: number): FrameLayout {
  const uuids = FRAME_HEADER_BYTES;
  const templateIds = uuids + 16 * count;
  const authorIds = templateIds + 4 * count;
  const revisions = authorIds + 4 * count;
  const bounds = revisions + 4 * count;
  const lengths = bounds + 16 * count;
  const flags = lengths + 4 * count;
  const kinds = flags + align(count);
  const geometry = kinds + align(count);
  const end = geometry + align(geometryBytes);
  return { uuids, templateIds, authorIds, revisions, bounds, lengths, flags, kinds, geometry, end };
}

function align(bytes: number): number {
  return Math.ceil(bytes / 4) * 4;
}
