import type { Handlers, PluginContext } from '@exact/sdk/server';
import type { screeningContract } from '../shared/contract.ts';
import type { Plans } from './plans.ts';
import { readState, removeMark, setMark, setPosition } from './reader-state.ts';
import type { Reporting } from './reporting.ts';
import { readSharing, toShares } from './sharing.ts';
import { setShares } from './shares.ts';
import { askingOf } from './sight.ts';
import type { Tissues } from './tissues.ts';
import { addVisits, readLog } from './visits.ts';

export interface Parts {
  readonly plans: Plans;
  readonly tissues: Tissues;
  readonly reporting: Reporting;
}

/** Most lines of the log in one answer. */
const LOG_PAGE = 10_000;

/** Answers of the endpoints. */
export function createHandlers(
  ctx: Pick<PluginContext, 'db' | 'events'>,
  { plans, tissues, reporting }: Parts,
): Handlers<typeof screeningContract> {
  return {
    plans: (request) => plans.list(askingOf(request), request.query),
    createPlan: (request) => plans.create(askingOf(request), request.params.imageId, request.body),
    plan: (request) => plans.get(askingOf(request), request.params.planId),

    tissues: (request) => tissues.list(askingOf(request), request.params.imageId),
    findTissue: (request) => tissues.request(askingOf(request), request.params.imageId, request.body),
    tissue: (request) => tissues.view(askingOf(request), request.params.imageId, request.params.tissueId),

    async state(request) {
      const plan = await plans.findOwn(askingOf(request), request.params.planId);
      return readState(ctx.db, plan, request.principal.userId);
    },
    async addVisits(request) {
      const plan = await plans.findOwn(askingOf(request), request.params.planId);
      return addVisits(ctx, plan, request.principal.userId, request.body);
    },
    async visits(request) {
      const { planId } = request.params;
      const asking = askingOf(request);
      await plans.find(asking, planId);
      const readerId = await reporting.readerOf(asking, planId, request.query.readerId);
      return readLog(ctx.db, planId, { readerId, after: request.query.after, limit: request.query.limit ?? LOG_PAGE });
    },
    async setPosition(request) {
      const plan = await plans.findOwn(askingOf(request), request.params.planId);
      return setPosition(ctx, plan, request.principal.userId, request.body);
    },
    async setMark(request) {
      const { planId, field } = request.params;
      const plan = await plans.findOwn(askingOf(request), planId);
      return setMark(ctx, plan, request.principal.userId, field, request.body);
    },
    async removeMark(request) {
      const { planId, field } = request.params;
      const plan = await plans.findOwn(askingOf(request), planId);
      return removeMark(ctx, plan, request.principal.userId, field, request.query.deviceId);
    },

    async shares(request) {
      const asking = askingOf(request);
      const { planId } = request.params;
      await plans.find(asking, planId);
      const readerId = await reporting.readerOf(asking, planId, undefined);
      return toShares((await readSharing(ctx.db, [planId])).get(planId), readerId);
    },
    async setShares(request) {
      const { row } = await plans.find(askingOf(request), request.params.planId);
      return setShares(ctx, row, request.principal.userId, request.body.shares);
    },

    report: (request) => reporting.report(askingOf(request), request.params.planId, request.query.readerId),
    reportCsv: (request) => reporting.reportCsv(askingOf(request), request.params.planId, request.query.readerId),
    reportPicture: (request) => reporting.picture(askingOf(request), request.params.planId, request.query.readerId),
    fields: ({ query, ...request }) =>
      reporting.fields(askingOf(request), request.params.planId, query.readerId, query.fields),
    fieldsCsv: (request) => reporting.fieldsCsv(askingOf(request), request.params.planId, request.query.readerId),
  };
}
