import { InvalidRequestError } from '@exact/sdk/contract';
import type { Handlers, PluginContext } from '@exact/sdk/server';
import { type agreementContract, NothingToCompareError } from '../shared/contract.ts';
import type { Comparisons } from './comparisons.ts';
import { toCsv } from './csv.ts';
import { filterOf } from './run-comparison.ts';

/** Answers of the endpoints. What the asking person may not see is neither counted nor compared. */
export function createHandlers(
  { annotations }: Pick<PluginContext, 'annotations'>,
  comparisons: Comparisons,
): Handlers<typeof agreementContract> {
  return {
    async readers({ projectId, query, principal }) {
      const counts = await annotations.count(principal, filterOf(needed(projectId), query), 'author');
      return counts.map(({ id, count }) => ({ userId: id, count })).sort((a, b) => b.count - a.count);
    },

    async start({ projectId, body, principal }) {
      const fault = findFault(body);
      if (fault) throw new InvalidRequestError({ fields: [fault] });
      const filter = { ...filterOf(needed(projectId), body), authorIds: body.readers };
      const counts = await annotations.count(principal, filter, 'author');
      const silent = body.readers.filter((reader) => !counts.some(({ id }) => id === reader));
      if (body.readers.length - silent.length < 2)
        throw new NothingToCompareError({
          reason: `Only ${body.readers.length - silent.length} of the ${body.readers.length} readers have annotations there that you may see; it takes two.`,
        });
      return comparisons.create(needed(projectId), principal.userId, body);
    },

    list: ({ projectId }) => comparisons.list(needed(projectId)),
    get: ({ projectId, params }) => comparisons.get(needed(projectId), params.comparisonId),

    async csv({ projectId, params }) {
      const comparison = await comparisons.get(needed(projectId), params.comparisonId);
      return {
        headers: {
          'content-type': 'text/csv; charset=utf-8',
          'content-disposition': `attachment; filename="agreement-${comparison.id}.csv"`,
        },
        body: toCsv(comparison),
      };
    },

    remove: ({ projectId, params }) => comparisons.remove(needed(projectId), params.comparisonId),
  };
}

function findFault({
  readers,
  reference,
}: {
  readonly readers: readonly number[];
  readonly reference?: number | undefined;
}): { path: string; message: string } | undefined {
  if (new Set(readers).size < readers.length) return { path: 'readers', message: 'names a reader twice' };
  if (reference !== undefined && !readers.includes(reference))
    return { path: 'reference', message: 'must be one of the readers' };
  return undefined;
}

function needed(projectId: number | undefined): number {
  if (projectId === undefined) throw new Error('The endpoints of this plugin are mounted below a project.');
  return projectId;
}
