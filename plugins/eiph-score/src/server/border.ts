import { borderQueue, CountGrid, GRADES, gradesOf, thsFromScores } from '@exact/scores';
import type { AnnotationCentres } from '@exact/sdk/server';
import type { QueuedCell } from '../shared/contract.ts';
import { type Asking, type CellQuery, type Context, filterOf } from './asking.ts';

const PAGE = 100;

/** Cells near a border between two grades, by the score that a program has written into their meta data. */
export async function borderCells(
  ctx: Context,
  asking: Asking,
  query: CellQuery & {
    readonly verified?: 'none' | 'all' | undefined;
    readonly offset?: number | undefined;
    readonly limit?: number | undefined;
  },
) {
  const { principal, gradeOf, settings, signal } = asking;
  const filter = filterOf(asking, query);
  const centres = await ctx.annotations.centres(principal, filter, { metaNumber: settings.scoreKey, signal });
  const scored: { readonly id: string; readonly score: number }[] = []; // ids are places in the columns here
  let unscored = 0;
  for (let i = 0; i < centres.count; i++) {
    const score = centres.number?.[i] ?? NaN;
    if (Number.isFinite(score)) scored.push({ id: String(i), score });
    // what is neither scored nor graded is no cell of this score
    else if (gradeOf.has(centres.templateId[i]!)) unscored++;
  }
  const distance = settings.borderDistance;
  const near = borderQueue.compute({ cells: scored, distance }).queue;
  const open = query.verified === 'all' || near.length === 0 ? undefined : await unverified(ctx, asking, filter);
  const placeOf = new Map(near.map(({ id }) => [centres.uuid(Number(id)), Number(id)]));
  const opinions = createOpinions(asking, centres);
  const { queue } = borderQueue.compute({
    cells: [...placeOf]
      .filter(([id]) => open?.has(id) ?? true)
      .map(([id, i]) => ({ id, score: centres.number?.[i], disagreement: opinions(i).disagreement })),
    distance,
  });
  const offset = query.offset ?? 0;
  const items = queue
    .slice(offset, offset + (query.limit ?? PAGE))
    .map(({ id, score, cut, distance: away, grade }): QueuedCell => {
      const i = placeOf.get(id) ?? -1;
      const templateId = centres.templateId[i]!;
      const gradeOfClass = gradeOf.get(templateId);
      return {
        ...{ uuid: id, imageId: centres.imageId[i]!, templateId, authorId: centres.authorId[i]! },
        ...{ x: centres.x[i]!, y: centres.y[i]!, score, cut, distance: away, gradeOfScore: grade },
        ...(gradeOfClass !== undefined && { gradeOfClass }),
        ...opinions(i),
      };
    });
  return {
    scoreKey: settings.scoreKey,
    distance,
    scored: scored.length,
    unscored,
    fromScores: thsFromScores.compute({
      scores: scored.map(({ score }) => score),
      minimumCells: settings.minimumCells,
      seed: settings.seed,
    }),
    total: queue.length,
    items,
  };
}

async function unverified(
  ctx: Context,
  { principal, signal }: Asking,
  filter: ReturnType<typeof filterOf>,
): Promise<ReadonlySet<string>> {
  const open = await ctx.annotations.centres(principal, { ...filter, verified: 'none' }, { signal });
  return new Set(Array.from({ length: open.count }, (_, i) => open.uuid(i)));
}

/**
 * What readers say of a cell: cells of other people are the same cell where their centres lie within half of the size that its
 * template places; of each person the nearest.
 *
 * @returns for a cell by its index the standard deviation of all grades given to it (0 for one), and by how many people
 */
function createOpinions({ gradeOf, radiusOf }: Asking, centres: AnnotationCentres) {
  const { count, x, y, templateId, imageId, authorId } = centres;
  const grades = gradesOf(templateId, count, gradeOf);
  const byImage = Map.groupBy(grades.keys(), (i) => imageId[i]!);
  const grids = new Map<number, { readonly indices: readonly number[]; readonly grid: CountGrid }>();
  const gridOf = (image: number) => {
    const known = grids.get(image);
    if (known) return known;
    const indices = byImage.get(image) ?? [];
    const column = (values: ArrayLike<number>): number[] => indices.map((i) => values[i]!);
    const points = { count: indices.length, x: column(x), y: column(y), category: column(grades) };
    const made = { indices, grid: new CountGrid(points, GRADES.length) };
    grids.set(image, made);
    return made;
  };
  return (i: number): { readonly disagreement: number; readonly readers: number } => {
    const radius = radiusOf.get(templateId[i]!) ?? 0;
    const [cx, cy] = [x[i]!, y[i]!];
    const nearest = new Map<number, { readonly away: number; readonly grade: number }>();
    const box = { minX: cx - radius, minY: cy - radius, maxX: cx + radius + 1, maxY: cy + radius + 1 };
    const { indices, grid } = gridOf(imageId[i]!);
    grid.forEachIn(box, (place, grade) => {
      const other = indices[place]!;
      const away = Math.hypot(x[other]! - cx, y[other]! - cy);
      const author = authorId[other]!;
      if (other === i || author === authorId[i] || away > radius) return;
      if (away < (nearest.get(author)?.away ?? Infinity)) nearest.set(author, { away, grade });
    });
    const given = [...nearest.values()].map(({ grade }) => grade);
    if (grades[i]! >= 0) given.push(grades[i]!);
    const mean = given.reduce((sum, grade) => sum + grade, 0) / Math.max(1, given.length);
    const variance = given.reduce((sum, grade) => sum + (grade - mean) ** 2, 0) / Math.max(1, given.length);
    return { disagreement: Math.sqrt(variance), readers: nearest.size + 1 };
  };
}
