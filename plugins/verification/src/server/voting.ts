import { type Annotation, NotFoundError } from '@exact/sdk/contract';
import type { PluginContext, Principal } from '@exact/sdk/server';
import {
  ImageDoneError,
  NotAdjudicatorError,
  NotAReaderError,
  OwnObjectError,
  StillOpenError,
  VotesNotTakenError,
  VotingClosedError,
} from '../shared/errors.ts';
import type { DecisionDraft, OpinionView, VoteDraft } from '../shared/model.ts';
import { addDecision, addVote, isStored } from './log.ts';
import { checkSaid, holdStill, isVotedOn, readObject } from './objects.ts';
import type { Asking, Situation, Situations } from './situation.ts';
import { opinionFor, standingsOf } from './standings.ts';

type Context = Pick<PluginContext, 'annotations' | 'db' | 'images' | 'projects'>;

export interface Voting {
  opinion(asking: Asking, imageId: number, annotation: string): Promise<OpinionView>;
  /** Adds a vote to the log. Sent again with the same id it stores nothing and gives what stands. */
  vote(asking: Asking, imageId: number, draft: VoteDraft): Promise<OpinionView>;
  /** An adjudicator's word, above all votes on what stands now. */
  decide(asking: Asking, imageId: number, draft: DecisionDraft): Promise<OpinionView>;
}

export function createVoting(ctx: Context, situations: Situations): Voting {
  async function view(principal: Principal, situation: Situation, object: Annotation): Promise<OpinionView> {
    const [stood] = await standingsOf(ctx.db, situation, [object]);
    if (!stood) throw new NotFoundError({ what: 'annotation', id: object.uuid });
    return opinionFor(stood, situation, principal.userId);
  }
  const read = ({ principal, projectId }: Asking, imageId: number, uuid: string): Promise<Annotation> =>
    readObject(ctx.annotations, principal, { projectId, imageId, uuid });

  return {
    async opinion(asking, imageId, uuid) {
      const situation = await situations.of(asking);
      return view(asking.principal, situation, await read(asking, imageId, uuid));
    },

    async vote(asking, imageId, draft) {
      const { principal, projectId } = asking;
      const situation = await situations.of(asking);
      const place = { projectId, imageId, userId: principal.userId };
      // what was stored once is answered for ever: voting may have ended since
      if (await isStored(ctx.db, 'vote', draft.voteId, place, draft))
        return view(principal, situation, await read(asking, imageId, draft.annotation));
      demandVoter(situation);
      await demandCase(situation, principal.userId, imageId);
      const object = await read(asking, imageId, draft.annotation);
      if (!isVotedOn(situation, object, principal.userId)) throw new OwnObjectError({});
      const outcome = await checkSaid(ctx, principal, projectId, object, draft);
      await ctx.db.transaction(async (sql) => {
        await holdStill(sql, object, draft.revision);
        await addVote(sql, place, object, draft, outcome, {
          phaseId: situation.study?.phaseId,
          seesAll: situation.seesAll || !situation.isOpen,
          isBlind: situation.mode === 'blind',
        });
        // two requests with one id at once: the second has stored nothing, and must have meant the same
        await isStored(sql, 'vote', draft.voteId, place, draft);
      });
      return view(principal, situation, object);
    },

    async decide(asking, imageId, draft) {
      const { principal, projectId } = asking;
      const situation = await situations.of(asking);
      if (!situation.seesAll) throw new NotAdjudicatorError({});
      if (situation.mode === 'cooperative') throw new VotesNotTakenError({});
      const place = { projectId, imageId, userId: principal.userId };
      const object = await read(asking, imageId, draft.annotation);
      if (await isStored(ctx.db, 'decision', draft.decisionId, place, draft)) return view(principal, situation, object);
      const outcome = await checkSaid(ctx, principal, projectId, object, draft);
      const [stood] = await standingsOf(ctx.db, situation, [object]);
      if (stood?.standing.state === 'open' && situation.isOpen)
        throw new StillOpenError({ cast: stood.standing.cast, needed: situation.rule.k });
      await ctx.db.transaction(async (sql) => {
        await holdStill(sql, object, draft.revision);
        await addDecision(sql, place, object, draft, outcome);
        await isStored(sql, 'decision', draft.decisionId, place, draft);
      });
      return view(principal, situation, object);
    },
  };
}

/** @throws VotesNotTakenError, NotAReaderError, VotingClosedError */
export function demandVoter({ mode, mayVote, isOpen, study }: Situation): void {
  if (mode === 'cooperative') throw new VotesNotTakenError({});
  if (!mayVote) throw new NotAReaderError({ why: study ? 'study' : 'role' });
  if (!isOpen) throw new VotingClosedError({});
}

/** In a study, votes belong to cases that are the reader's and not finished. @throws NotFoundError, ImageDoneError */
export async function demandCase({ study }: Situation, userId: number, imageId: number): Promise<void> {
  if (!study) return;
  const cases = (await study.cases(userId)).filter((one) => one.imageId === imageId);
  if (cases.length === 0) throw new NotFoundError({ what: 'image', id: imageId });
  if (cases.every(({ done }) => done)) throw new ImageDoneError({ imageId });
}
