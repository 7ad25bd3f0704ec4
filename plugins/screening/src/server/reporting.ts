import { NotFoundError, type RawReply } from '@exact/sdk/contract';
import type { PluginContext } from '@exact/sdk/server';
import type { FieldRow, Report } from '../shared/model.ts';
import { fieldsCsv, reportCsv } from './csv.ts';
import { countInFields, makeFieldRows } from './field-rows.ts';
import { drawReport } from './picture.ts';
import { fieldsOf, toPlan } from './plan-rows.ts';
import type { Plans } from './plans.ts';
import { readProgress } from './progress.ts';
import { type Evidence, makeReport, statesByReader } from './report.ts';
import { readSharing } from './sharing.ts';
import type { Asking, SeesOthers } from './sight.ts';
import type { Tissues } from './tissues.ts';
import { readVisits } from './visits.ts';

export interface Reporting {
  report(asking: Asking, planId: string, readerId: number | undefined): Promise<Report>;
  reportCsv(asking: Asking, planId: string, readerId: number | undefined): Promise<RawReply>;
  picture(asking: Asking, planId: string, readerId: number | undefined): Promise<RawReply>;
  fields(asking: Asking, planId: string, readerId: number | undefined, only?: readonly number[]): Promise<FieldRow[]>;
  fieldsCsv(asking: Asking, planId: string, readerId: number | undefined): Promise<RawReply>;
  /** Whose records to read: one reader's, or everybody's (undefined). @throws NotFoundError for a reader whom one may not see */
  readerOf(asking: Asking, planId: string, readerId: number | undefined): Promise<number | undefined>;
}

export function createReporting(
  ctx: Pick<PluginContext, 'annotations' | 'db' | 'projects'>,
  plans: Plans,
  tissues: Tissues,
  seesOthers: SeesOthers,
): Reporting {
  async function readerOf(asking: Asking, planId: string, readerId: number | undefined): Promise<number | undefined> {
    const { userId } = asking.principal;
    if (!(await seesOthers(asking))) {
      // the same answer whether that person has screened, exists, or not
      if (readerId !== undefined && readerId !== userId) throw new NotFoundError({ what: 'reader', id: readerId });
      return userId;
    }
    if (readerId === undefined || readerId === userId) return readerId;
    const [known] = await ctx.db.query<{ known: boolean }>(
      'select exists (select 1 from visit where plan_id = $1 and user_id = $2) as known',
      [planId, readerId],
    );
    const shares = (await readSharing(ctx.db, [planId])).get(planId)?.shares ?? [];
    if (!known?.known && !shares.some((share) => share.userId === readerId))
      throw new NotFoundError({ what: 'reader', id: readerId });
    return readerId;
  }

  async function evidenceOf(
    asking: Asking,
    planId: string,
    wanted: number | undefined,
  ): Promise<Evidence & { readonly title: string; readonly outline: number[][] }> {
    const { row, image } = await plans.find(asking, planId);
    const readerId = await readerOf(asking, planId, wanted);
    const progress = await readProgress(ctx.db, [row], readerId, asking.principal.userId);
    const found = await tissues.maskOfPlan(row.tissue_id);
    const owner = row.audience === 'own' ? [row.created_by] : [];
    const shares = ((await readSharing(ctx.db, [planId])).get(planId)?.shares ?? []).filter(
      ({ userId }) => readerId === undefined || userId === readerId,
    );
    return {
      plan: toPlan(row, progress.get(row.id) ?? []),
      fields: fieldsOf(row),
      mask: found?.mask,
      outline: found?.outline ?? [],
      visits: await readVisits(ctx.db, planId, readerId),
      shares,
      readerIds: readerId === undefined ? [...owner, ...shares.map(({ userId }) => userId)] : [readerId],
      title: image.publicName,
    };
  }

  async function fields(
    asking: Asking,
    planId: string,
    wanted: number | undefined,
    only?: readonly number[],
  ): Promise<FieldRow[]> {
    const evidence = await evidenceOf(asking, planId, wanted);
    const { principal, projectId } = asking;
    // of one reader it is their own annotations; of all, everything that one may see
    const counts = await countInFields(ctx, principal, evidence, projectId, wanted);
    return makeFieldRows(evidence, counts, only && new Set(only));
  }

  return {
    readerOf,
    fields,
    report: async (asking, planId, readerId) => makeReport(await evidenceOf(asking, planId, readerId), new Date()),

    async reportCsv(asking, planId, readerId) {
      const report = makeReport(await evidenceOf(asking, planId, readerId), new Date());
      const names = await readNames(report.readers.map((reader) => reader.readerId));
      return download(
        `screening-${planId}.csv`,
        'text/csv; charset=utf-8',
        reportCsv(report, (id) => names.get(id) ?? ''),
      );
    },

    async picture(asking, planId, readerId) {
      const evidence = await evidenceOf(asking, planId, readerId);
      const svg = drawReport(makeReport(evidence, new Date()), {
        ...evidence,
        states: statesByReader(evidence).together,
      });
      return download(`screening-${planId}.svg`, 'image/svg+xml', svg);
    },

    async fieldsCsv(asking, planId, readerId) {
      const rows = await fields(asking, planId, readerId);
      const products = await ctx.projects.products(asking.principal, asking.projectId);
      const names = new Map(products.flatMap(({ templates }) => templates.map(({ id, name }) => [id, name] as const)));
      return download(
        `screening-fields-${planId}.csv`,
        'text/csv; charset=utf-8',
        fieldsCsv(rows, (id) => names.get(id) ?? 'class'),
      );
    },
  };

  async function readNames(ids: readonly number[]): Promise<Map<number, string>> {
    const rows = await ctx.db.query<{ id: number; name: string }>(
      'select id, display_name as name from core.app_user where id = any($1::int[])',
      [ids],
    );
    return new Map(rows.map(({ id, name }) => [id, name]));
  }
}

const download = (name: string, type: string, body: string): RawReply => ({
  headers: { 'content-type': type, 'content-disposition': `attachment; filename="${name}"` },
  body,
});
