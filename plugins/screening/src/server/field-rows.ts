import { fieldsHolding, tissueShare } from '@exact/screening';
import type { PluginContext, Principal } from '@exact/sdk/server';
import type { FieldRow } from '../shared/model.ts';
import { type Evidence, spanOf, statesByReader } from './report.ts';

/** Objects that are sorted into fields before others get a turn. */
const CHUNK = 50_000;

type Counts = Map<number, Map<number, number>>;

/**
 * Counts annotations by field and class: those whose middle lies in the field, as the person may see them. Labels of whole
 * images have no place.
 *
 * @param authorId - drawn by this person only
 */
export async function countInFields(
  { annotations }: Pick<PluginContext, 'annotations'>,
  principal: Principal,
  { plan, fields }: Pick<Evidence, 'plan' | 'fields'>,
  projectId: number,
  authorId: number | undefined,
): Promise<Counts> {
  const filter = {
    ...{ projectId, imageId: plan.imageId },
    ...(authorId === undefined ? {} : { authorIds: [authorId] }),
  };
  const { count, x, y, templateId } = await annotations.centres(principal, filter);
  const counts: Counts = new Map();
  for (let i = 0; i < count; i++) {
    if (i % CHUNK === CHUNK - 1) await new Promise((resolve) => setImmediate(resolve));
    for (const field of fieldsHolding(fields, x[i] ?? -1, y[i] ?? -1)) {
      const byTemplate = counts.get(field) ?? new Map<number, number>();
      const template = templateId[i] ?? 0;
      byTemplate.set(template, (byTemplate.get(template) ?? 0) + 1);
      counts.set(field, byTemplate);
    }
  }
  return counts;
}

/** One row for each field: what was seen of it, how long, and what is annotated in it. */
export function makeFieldRows(evidence: Evidence, counts: Counts, only?: ReadonlySet<number>): FieldRow[] {
  const { plan, fields, mask, visits } = evidence;
  const { together } = statesByReader(evidence);
  const byField = Map.groupBy(visits, ({ field }) => field);
  const skipped = new Set(plan.skipped);
  return fields.fields
    .filter(({ index }) => only?.has(index) ?? true)
    .map((field): FieldRow => {
      const { index, column, row } = field;
      const own = byField.get(index) ?? [];
      return {
        ...{ field: index, column, row, skipped: skipped.has(index) },
        tissueShare: mask ? tissueShare(mask, field) : null,
        state: together[index] ?? 'unseen',
        visits: own.length,
        dwellMs: own.reduce((sum, { dwellMs }) => sum + dwellMs, 0),
        ...spanOf(own),
        annotations: [...(counts.get(index) ?? [])]
          .map(([templateId, count]) => ({ templateId, count }))
          .sort((a, b) => a.templateId - b.templateId),
      };
    });
}
