import type { FilterPrimitive } from '@exact/sdk/ui';
import type { SpectrogramGrid } from '../../shared/model.ts';
import { paletteOf, type PaletteKind } from '../picture/palettes.ts';

/** How the image of a recording is shown to a person: other colours, another range. */
export interface Display {
  palette: PaletteKind;
  /** dB of full scale of the first and the last colour. */
  minDb: number;
  maxDb: number;
}

type Stored = Pick<SpectrogramGrid, 'palette' | 'minDb' | 'maxDb'>;

export const displayOf = ({ palette, minDb, maxDb }: Stored): Display => ({ palette, minDb, maxDb });

/** Rec. 709 luma: all palettes grow (or fall) in it all the way, so it tells the level that a colour stands for. */
const LUMA = [0.2126, 0.7152, 0.0722] as const;

/** Entries of a table: one for each value that a channel can have. */
const STEPS = 256;

/**
 * The filter that shows stored colours as others: brightness, then a table from brightness to level, from level to the share of the
 * new range, from that to the new colour; all three in one. Nothing where all is as stored.
 *
 * What lay beyond the stored range has the first or last colour there, and a wider range cannot bring it back.
 */
export function displayPrimitives(stored: Stored, shown: Display): readonly FilterPrimitive[] {
  if (shown.palette === stored.palette && shown.minDb === stored.minDb && shown.maxDb === stored.maxDb) return [];
  const levelOf = levelsByLuma(paletteOf(stored.palette));
  const to = paletteOf(shown.palette);
  const span = Math.max(1, shown.maxDb - shown.minDb);
  const tables: string[][] = [[], [], []];
  for (let i = 0; i < STEPS; i += 1) {
    const db = stored.minDb + (levelOf[i] ?? 0) * (stored.maxDb - stored.minDb);
    const share = Math.min(1, Math.max(0, (db - shown.minDb) / span));
    const at = Math.round(share * 255) * 3;
    tables.forEach((table, channel) => table.push(((to[at + channel] ?? 0) / 255).toFixed(4)));
  }
  const row = `${LUMA.join(' ')} 0 0`;
  return [
    { element: 'feColorMatrix', attributes: { type: 'matrix', values: `${row} ${row} ${row} 0 0 0 1 0` } },
    {
      element: 'feComponentTransfer',
      attributes: {},
      children: (['feFuncR', 'feFuncG', 'feFuncB'] as const).map((element, channel) => ({
        element,
        attributes: { type: 'table', tableValues: (tables[channel] ?? []).join(' ') },
      })),
    },
  ];
}

/** For each brightness 0…255 the level 0…1 whose colour is that bright; between two levels a straight line. */
export function levelsByLuma(palette: Uint8Array): Float64Array {
  const luma = Float64Array.from({ length: 256 }, (_, level) =>
    LUMA.reduce((sum, weight, channel) => sum + weight * (palette[level * 3 + channel] ?? 0), 0),
  );
  const isFalling = (luma[255] ?? 0) < (luma[0] ?? 0);
  const rising = isFalling ? luma.toReversed() : luma;
  const levels = new Float64Array(STEPS);
  let at = 0;
  for (let value = 0; value < STEPS; value += 1) {
    while (at < 255 && (rising[at + 1] ?? 0) <= value) at += 1;
    const [low, high] = [rising[at] ?? 0, rising[Math.min(255, at + 1)] ?? 0];
    const share = high > low ? Math.min(1, Math.max(0, (value - low) / (high - low))) : 0;
    const level = Math.min(255, at + share) / 255;
    levels[value] = isFalling ? 1 - level : level;
  }
  return levels;
}
