/** `blocks`: neighbouring fields to one reader, by which everybody walks a part of the image · `alternating`: each the next field. */
export const SHARE_WAYS = ['blocks', 'alternating'] as const;
export type ShareWay = (typeof SHARE_WAYS)[number];

/**
 * Shares fields out among readers: each field to one of them, and no reader gets two more than another.
 *
 * @param fields  - indices in the order of screening
 * @param readers - how many, at least 1
 * @returns by reader, in the order given
 */
export function shareOut(fields: readonly number[], readers: number, way: ShareWay): number[][] {
  return Array.from({ length: readers }, (_, reader) =>
    way === 'blocks'
      ? fields.slice(
          Math.floor((fields.length * reader) / readers),
          Math.floor((fields.length * (reader + 1)) / readers),
        )
      : fields.filter((_field, i) => i % readers === reader),
  );
}
