import {
  type Entry,
  type FormatId,
  type Item,
  type Problem,
  readAnnotations,
  type ReadOptions,
  type Source,
} from './index.ts';

/** A file in memory, given in pieces of a size that cuts through everything. */
export const fileOf = (text: string | Uint8Array, pieceBytes = 7): Source => {
  const bytes = typeof text === 'string' ? new TextEncoder().encode(text) : text;
  return async function* () {
    for (let at = 0; at < bytes.length; at += pieceBytes) yield bytes.subarray(at, at + pieceBytes);
  };
};

export interface Read {
  readonly items: readonly Item[];
  readonly problems: readonly Problem[];
  readonly notes: Readonly<Record<string, number>>;
}

/** All that is in a file. */
export async function readAll(format: FormatId, source: Source, options?: ReadOptions): Promise<Read> {
  const entries: Entry[] = [];
  for await (const entry of readAnnotations(format, source, options)) entries.push(entry);
  const notes: Record<string, number> = {};
  for (const entry of entries) if (entry.type === 'note') notes[entry.code] = (notes[entry.code] ?? 0) + 1;
  return {
    items: entries.flatMap((entry) => (entry.type === 'item' ? [entry.item] : [])),
    problems: entries.flatMap((entry) => (entry.type === 'problem' ? [entry.problem] : [])),
    notes,
  };
}
