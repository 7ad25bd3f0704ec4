import { readFileSync } from 'node:fs';

/** A box that somebody has drawn, as the text export tells it. */
export interface Marked {
  readonly reader: number;
  /** Name of the picture without its ending. */
  readonly image: string;
  readonly label: string;
  readonly box: readonly [x1: number, y1: number, x2: number, y2: number];
}

/** Boxes of a text export by a pattern of its lines: nothing of the reader under test. */
export function readBoxes(file: string): Omit<Marked, 'reader'>[] {
  const line =
    /^([^|[]+)\.\w+\|([^|]+)\|\{"x1": "(-?[\d.]+)","y1": "(-?[\d.]+)","x2": "(-?[\d.]+)","y2": "(-?[\d.]+)",\}\|.*\|False\|/;
  return readFileSync(file, 'utf8')
    .split('\n')
    .flatMap((text) => {
      const [, image = '', label = '', x1, y1, x2, y2] = line.exec(text) ?? [];
      return image === '' ? [] : [{ image, label, box: [Number(x1), Number(y1), Number(x2), Number(y2)] as const }];
    });
}

interface PairByHand {
  readonly a: number;
  readonly b: number;
  readonly both: number;
  readonly onlyA: number;
  readonly onlyB: number;
  readonly f1: number;
  readonly meanOverlap: number;
  readonly kappa: number;
  readonly said: ReadonlyMap<string, number>;
}

/**
 * How much readers agree, by the definitions and the plainest code there is: all ways to pair the boxes of two readers are tried, group by
 * group of those that overlap at all.
 */
export function agreementOf(
  all: readonly Marked[],
  readers: readonly number[],
  atLeast: number,
): {
  readonly objects: ReadonlyMap<number, number>;
  readonly pairs: readonly PairByHand[];
  readonly alphaLabels: number;
  readonly alphaPresence: number;
} {
  const found: { a: Marked; b: Marked; score: number }[] = [];
  const pairs: PairByHand[] = [];
  for (const [i, a] of readers.entries())
    for (const b of readers.slice(i + 1)) {
      const matched: { a: Marked; b: Marked; score: number }[] = [];
      for (const image of new Set(all.map((box) => box.image))) {
        const of = (reader: number): Marked[] => all.filter((box) => box.image === image && box.reader === reader);
        matched.push(...bestPairing(of(a), of(b), atLeast));
      }
      found.push(...matched);
      const count = (reader: number): number => all.filter((box) => box.reader === reader).length;
      const [onlyA, onlyB] = [count(a) - matched.length, count(b) - matched.length];
      const said = new Map<string, number>();
      const say = (key: string): void => void said.set(key, (said.get(key) ?? 0) + 1);
      for (const pair of matched) say(`${pair.a.label} | ${pair.b.label}`);
      const isMatched = new Set(matched.flatMap((pair) => [pair.a, pair.b]));
      for (const box of all) {
        if (isMatched.has(box)) continue;
        if (box.reader === a) say(`${box.label} | `);
        if (box.reader === b) say(` | ${box.label}`);
      }
      pairs.push({
        a,
        b,
        both: matched.length,
        onlyA,
        onlyB,
        f1: (2 * matched.length) / (2 * matched.length + onlyA + onlyB),
        meanOverlap: matched.reduce((sum, { score }) => sum + score, 0) / matched.length,
        kappa: kappaOf(matched.map((pair) => [pair.a.label, pair.b.label])),
        said,
      });
    }
  const units = joined(all, found, readers);
  return {
    objects: new Map(readers.map((reader) => [reader, all.filter((box) => box.reader === reader).length])),
    pairs,
    alphaLabels: alphaOf(units.map((unit) => unit.filter((label) => label !== undefined))),
    alphaPresence: alphaOf(units.map((unit) => unit.map((label) => label ?? 'has no such object'))),
  };
}

/** Intersection over union. */
function overlap([ax1, ay1, ax2, ay2]: Marked['box'], [bx1, by1, bx2, by2]: Marked['box']): number {
  const width = Math.min(ax2, bx2) - Math.max(ax1, bx1);
  const height = Math.min(ay2, by2) - Math.max(ay1, by1);
  if (width <= 0 || height <= 0) return 0;
  return (width * height) / ((ax2 - ax1) * (ay2 - ay1) + (bx2 - bx1) * (by2 - by1) - width * height);
}

/** As many pairs as possible, and of those the ones with the greatest sum of overlaps; by trying all. */
function bestPairing(
  as: readonly Marked[],
  bs: readonly Marked[],
  atLeast: number,
): { a: Marked; b: Marked; score: number }[] {
  const edges = as
    .flatMap((a) => bs.map((b) => ({ a, b, score: overlap(a.box, b.box) })))
    .filter(({ score }) => score >= atLeast);
  const groups: (typeof edges)[] = [];
  for (const edge of edges) {
    const touched = groups.filter((group) => group.some(({ a, b }) => a === edge.a || b === edge.b));
    for (const group of touched) groups.splice(groups.indexOf(group), 1);
    groups.push([...touched.flat(), edge]);
  }
  return groups.flatMap((group) => tryAll(group, 0, []).pairs);
}

type Edges = { readonly a: Marked; readonly b: Marked; readonly score: number }[];

function tryAll(edges: Edges, from: number, chosen: Edges): { pairs: Edges; sum: number } {
  let best = { pairs: chosen, sum: chosen.reduce((sum, { score }) => sum + score, 0) };
  for (let i = from; i < edges.length; i++) {
    const edge = edges[i];
    if (!edge || chosen.some(({ a, b }) => a === edge.a || b === edge.b)) continue;
    const next = tryAll(edges, i + 1, [...chosen, edge]);
    if (next.pairs.length > best.pairs.length || (next.pairs.length === best.pairs.length && next.sum > best.sum))
      best = next;
  }
  return best;
}

/** Cohen's kappa: (observed - expected) / (1 - expected). */
function kappaOf(said: readonly (readonly [string, string])[]): number {
  const labels = [...new Set(said.flat())];
  const share = (side: 0 | 1, label: string): number =>
    said.filter((pair) => pair[side] === label).length / said.length;
  const observed = said.filter(([a, b]) => a === b).length / said.length;
  const expected = labels.reduce((sum, label) => sum + share(0, label) * share(1, label), 0);
  return (observed - expected) / (1 - expected);
}

/** Krippendorff's alpha for names: 1 - (n - 1) · disagreeing pairs within units / disagreeing pairs of all. */
function alphaOf(units: readonly (readonly string[])[]): number {
  const rated = units.filter((unit) => unit.length >= 2);
  const all = rated.flat();
  const disagreeing = (labels: readonly string[]): number =>
    labels.reduce((sum, label) => sum + labels.filter((other) => other !== label).length, 0);
  const observed = rated.reduce((sum, unit) => sum + disagreeing(unit) / (unit.length - 1), 0) / all.length;
  const expected = disagreeing(all) / (all.length * (all.length - 1));
  return 1 - observed / expected;
}

/** Boxes that stand for one object: pairs are joined from the best on, at most one box of each reader. */
function joined(
  all: readonly Marked[],
  found: readonly { readonly a: Marked; readonly b: Marked; readonly score: number }[],
  readers: readonly number[],
): (readonly (string | undefined)[])[] {
  const groups = new Map(all.map((box) => [box, [box]]));
  for (const { a, b } of [...found].sort((x, y) => y.score - x.score)) {
    const [one, other] = [groups.get(a) ?? [], groups.get(b) ?? []];
    if (one === other || one.some((box) => other.some(({ reader }) => reader === box.reader))) continue;
    one.push(...other);
    for (const box of other) groups.set(box, one);
  }
  return [...new Set(groups.values())].map((group) =>
    readers.map((reader) => group.find((box) => box.reader === reader)?.label),
  );
}
