import { findRuleProblem } from '@exact/opinion';
import type { EndpointRequest, Handlers, PluginContext } from '@exact/sdk/server';
import type { verificationContract } from '../shared/contract.ts';
import { RuleOfStudyError, RuleRefusedError } from '../shared/errors.ts';
import { createImageRecords } from './image-records.ts';
import { createOutcome } from './outcome.ts';
import { createProgress } from './progress.ts';
import { createQueue } from './queue.ts';
import { type Asking, opinionRule, type Situations, viewOf } from './situation.ts';
import { createVoting } from './voting.ts';

/** Answers of the endpoints. */
export function createHandlers(
  ctx: Pick<PluginContext, 'annotations' | 'db' | 'images' | 'projects'>,
  situations: Situations,
  whileApplying: <T>(work: () => Promise<T>) => Promise<T>,
): Handlers<typeof verificationContract> {
  const voting = createVoting(ctx, situations);
  const records = createImageRecords(ctx, situations);
  const queue = createQueue(ctx, situations);
  const progress = createProgress(ctx, situations);
  const apply = createOutcome(ctx, situations, whileApplying);

  return {
    situation: async (request) => viewOf(await situations.of(askingOf(request))),

    async setRule(request) {
      const asking = askingOf(request);
      const situation = await situations.of(asking);
      if (situation.study?.rule) throw new RuleOfStudyError({});
      const problem = findRuleProblem(opinionRule(request.body), situation.readerIds.length);
      if (problem)
        throw new RuleRefusedError({ field: problem.field, problem: problem.code, message: problem.message });
      await situations.setRule(asking, request.body, situation.isOpen);
      return viewOf(await situations.of(asking));
    },

    async setOpen(request) {
      const asking = askingOf(request);
      const situation = await situations.of(asking);
      if (situation.study) throw new RuleOfStudyError({});
      await situations.setRule(asking, situation.rule, request.body.isOpen);
      return viewOf(await situations.of(asking));
    },

    queue: (request) => queue(askingOf(request), request.query),
    opinion: (request) => voting.opinion(askingOf(request), request.params.imageId, request.params.annotationId),
    vote: (request) => voting.vote(askingOf(request), request.params.imageId, request.body),
    decide: (request) => voting.decide(askingOf(request), request.params.imageId, request.body),
    records: (request) => records.list(askingOf(request), request.params.imageId),
    record: (request) => records.record(askingOf(request), request.params.imageId, request.body),
    verifyAll: async (request) => ({ accepted: await records.verifyAll(askingOf(request), request.params.imageId) }),
    progress: (request) => progress(askingOf(request), request.query),
    apply: (request) => apply(askingOf(request), request.body),
  };
}

function askingOf({
  principal,
  projectId,
  role,
}: Pick<EndpointRequest<never>, 'principal' | 'projectId' | 'role'>): Asking {
  if (projectId === undefined) throw new Error('The endpoints of this plugin are mounted below a project.');
  return { principal, projectId, role };
}
