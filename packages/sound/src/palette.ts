export const PALETTE_KINDS = ['grey', 'grey-inverted', 'viridis', 'magma', 'inferno'] as const;
export type PaletteKind = (typeof PALETTE_KINDS)[number];

/**
 * Colours at equal steps. Viridis, magma and inferno: ten of the 256 colours of the tables by S. van der Walt and N. Smith (matplotlib, CC0);
 * between them straight lines in sRGB.
 */
const STOPS: Readonly<Record<PaletteKind, readonly string[]>> = {
  grey: ['000000', 'ffffff'],
  'grey-inverted': ['ffffff', '000000'],
  viridis: ['440154', '482878', '3e4989', '31688e', '26828e', '1f9e89', '35b779', '6ece58', 'b5de2b', 'fde725'],
  magma: ['000004', '180f3d', '440f76', '721f81', '9e2f7f', 'cd4071', 'f1605d', 'fd9668', 'feca8d', 'fcfdbf'],
  inferno: ['000004', '1b0c41', '4a0c6b', '781c6d', 'a52c60', 'cf4446', 'ed6925', 'fb9b06', 'f7d13d', 'fcffa4'],
};

/** Colours of a palette: 256 × red, green, blue, for levels 0 … 255. Lightness grows (or falls) all the way. */
export function paletteTable(kind: PaletteKind): Uint8Array {
  const stops = STOPS[kind].map((hex) => [0, 2, 4].map((at) => Number.parseInt(hex.slice(at, at + 2), 16)));
  const table = new Uint8Array(256 * 3);
  for (let level = 0; level < 256; level++) {
    const at = (level / 255) * (stops.length - 1);
    const low = stops[Math.floor(at)] ?? [];
    const high = stops[Math.ceil(at)] ?? [];
    for (let c = 0; c < 3; c++)
      table[level * 3 + c] = Math.round((low[c] ?? 0) + ((high[c] ?? 0) - (low[c] ?? 0)) * (at % 1));
  }
  return table;
}
