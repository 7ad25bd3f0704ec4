import type { Handlers } from '@exact/sdk/server';
import type { eiphScoreContract } from '../shared/contract.ts';
import { toCsv } from '../shared/csv.ts';
import { askingOf, basisOf, checkBox, type Context, scoreOf } from './asking.ts';
import { borderCells } from './border.ts';
import { countCells } from './count-cells.ts';
import { listCells } from './list-cells.ts';
import { scoreTable } from './score-table.ts';

/** Answers of the endpoints. What one may not see is not counted: the platform narrows each question by its asker. */
export function createHandlers(ctx: Context): Handlers<typeof eiphScoreContract> {
  return {
    async score(request) {
      checkBox(request.query);
      const asking = await askingOf(ctx, request);
      const { counts, notCounted } = await countCells(ctx, asking, request.query);
      return { basis: basisOf(asking, request.query.inclusion), score: scoreOf(asking, counts), notCounted };
    },

    table: async (request) => scoreTable(ctx, await askingOf(ctx, request), request.query.imageSetId),

    async csv(request) {
      const table = await scoreTable(ctx, await askingOf(ctx, request), request.query.imageSetId);
      return {
        headers: {
          'content-type': 'text/csv; charset=utf-8',
          'content-disposition': 'attachment; filename="eiph-score.csv"',
        },
        body: toCsv(table),
      };
    },

    async cells(request) {
      checkBox(request.query);
      return listCells(ctx, await askingOf(ctx, request), request.query);
    },

    border: async (request) => borderCells(ctx, await askingOf(ctx, request), request.query),
  };
}
