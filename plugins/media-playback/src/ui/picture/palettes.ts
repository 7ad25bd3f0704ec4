import { PALETTE_KINDS, paletteTable, type PaletteKind } from '@exact/sound';

export { PALETTE_KINDS };
export type { PaletteKind };

const tables = new Map<PaletteKind, Uint8Array>();

/** 256 × red, green, blue. */
export function paletteOf(kind: PaletteKind): Uint8Array {
  const table = tables.get(kind) ?? paletteTable(kind);
  tables.set(kind, table);
  return table;
}
