import { evaluate, type JudgedObject, type Standing } from '@exact/opinion';
import type { Annotation } from '@exact/sdk/contract';
import type { Sql } from '@exact/sdk/server';
import type { OpinionView, StandingView } from '../shared/model.ts';
import {
  type DecisionEntry,
  readDecisions,
  readVotes,
  toDecision,
  toSaid,
  toSaidVote,
  toVote,
  type VoteEntry,
} from './log.ts';
import { contentOf, shapeKey } from './objects.ts';
import { opinionRule, type Situation } from './situation.ts';

/** How an object stands, with all that was said of it. */
export interface Stood {
  readonly object: Annotation;
  readonly standing: Standing;
  readonly votes: readonly VoteEntry[];
  readonly decisions: readonly DecisionEntry[];
}

/** Votes of the phase that is running count; after the study those of the phase that is asked for, or all. */
const phaseOf = (situation: Situation, phaseId: string | undefined): string | undefined =>
  phaseId ?? situation.study?.phaseId;

/** Works out from the log how objects stand by the rule that is in force. */
export async function standingsOf(
  sql: Sql,
  situation: Situation,
  objects: readonly Annotation[],
  asked: { readonly phaseId?: string | undefined } = {},
): Promise<Stood[]> {
  const { projectId } = situation;
  const annotations = objects.map(({ uuid }) => uuid);
  const scope = { projectId, annotations, phaseId: phaseOf(situation, asked.phaseId) };
  const votes = Map.groupBy(await readVotes(sql, scope), ({ annotation }) => annotation);
  const decisions = Map.groupBy(await readDecisions(sql, scope), ({ annotation }) => annotation);
  const rule = opinionRule(situation.rule);
  const authors = rule.authorCounts ? await readAuthors(sql, objects) : undefined;
  return objects.map((object) => {
    const own = { votes: votes.get(object.uuid) ?? [], decisions: decisions.get(object.uuid) ?? [] };
    const author = authors?.get(object.uuid);
    const standing = evaluate({ votes: own.votes.map(toVote), decisions: own.decisions.map(toDecision) }, rule, {
      content: contentOf(object),
      ...(author ? { author } : {}),
    });
    return { object, standing, ...own };
  });
}

/** What authors have made at first. Rows of layers come from programs, which have no vote. */
async function readAuthors(
  sql: Sql,
  objects: readonly Annotation[],
): Promise<Map<string, NonNullable<JudgedObject['author']>>> {
  const rows = await sql.query<{ uuid: string; author_id: number; template_id: number; geometry: Uint8Array }>(
    `select a.uuid, a.author_id, h.template_id, h.geometry from core.annotation a
     join core.annotation_history h on h.annotation_id = a.id and h.revision = 1 where a.uuid = any($1::uuid[])`,
    [objects.filter(({ layerId }) => layerId === undefined).map(({ uuid }) => uuid)],
  );
  return new Map(
    rows.map((row) => [
      row.uuid,
      { reader: row.author_id, made: { templateId: row.template_id, shapeKey: shapeKey(row.geometry) } },
    ]),
  );
}

/** The latest vote of one reader that has not been taken back. */
export function latestOf(votes: readonly VoteEntry[], userId: number): VoteEntry | undefined {
  const latest = votes.findLast((vote) => vote.user_id === userId);
  return latest?.verdict === 'none' ? undefined : latest;
}

/**
 * What a person may know of an object's votes. Others' stay hidden until one has voted on it oneself, or voting has ended; in blind
 * readings for ever.
 */
export function opinionFor(
  { object, standing, votes, decisions }: Stood,
  situation: Situation,
  userId: number,
): OpinionView {
  const now = contentOf(object);
  const mine = latestOf(votes, userId);
  const hasVoted = votes.some((vote) => vote.user_id === userId);
  const isRevealed = situation.seesAll || (situation.mode !== 'blind' && (hasVoted || !situation.isOpen));
  return {
    annotation: object.uuid,
    mine: mine ? toSaidVote(mine, now) : null,
    standing: isRevealed ? standingView(standing, situation.rule.k, votes, decisions, now) : null,
  };
}

function standingView(
  { state, cast, tally, outcome }: Standing,
  needed: number,
  votes: readonly VoteEntry[],
  decisions: readonly DecisionEntry[],
  now: ReturnType<typeof contentOf>,
): StandingView {
  return {
    state,
    cast,
    needed,
    tally: { ...tally },
    ...(outcome
      ? {
          outcome: {
            verdict: outcome.verdict,
            ...('templateId' in outcome && outcome.templateId !== undefined ? { templateId: outcome.templateId } : {}),
            ...(outcome.verdict === 'reshape' ? { geometry: outcome.shape.geometry } : {}),
          },
        }
      : {}),
    votes: votes.map((vote) => toSaidVote(vote, now)),
    decisions: decisions.map((decision) => ({ ...toSaid(decision, now), reason: decision.reason })),
  };
}
