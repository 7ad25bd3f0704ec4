import { decodeGeometry, encodeGeometry, type Geometry } from '@exact/geometry';
import type { Content, Decision, Outcome, Vote } from '@exact/opinion';
import type { Annotation } from '@exact/sdk/contract';
import type { Sql } from '@exact/sdk/server';
import { IdInUseError } from '../shared/errors.ts';
import type { DecisionDraft, SaidVote, VoteDraft, VoteVerdict } from '../shared/model.ts';
import { contentOf, shapeKey } from './objects.ts';

/** One line of the log: what somebody has said of an object. `id` is the order; it never leaves the server. */
export interface Entry<V extends string = VoteVerdict> {
  readonly id: number;
  readonly annotation: string;
  readonly user_id: number;
  readonly verdict: V;
  readonly template_id: number | null;
  readonly geometry: Uint8Array | null;
  readonly judged_template: number;
  readonly judged_shape: string;
  readonly at: Date;
}
export interface VoteEntry extends Entry {
  readonly active_ms: number;
  readonly informed: boolean;
  readonly phase_id: string | null;
}
export interface DecisionEntry extends Entry<Outcome['verdict']> {
  readonly reason: string;
}

const SAID = 'id::float8 as id, annotation, user_id, verdict, template_id, geometry, judged_template, judged_shape, at';

export interface LogScope {
  readonly projectId: number;
  readonly annotations: readonly string[];
  /** Only votes of this phase of a study. */
  readonly phaseId?: string | undefined;
  readonly userId?: number;
}

/** Votes on objects, oldest first. */
export const readVotes = (sql: Sql, { projectId, annotations, phaseId, userId }: LogScope): Promise<VoteEntry[]> =>
  sql.query<VoteEntry>(
    `select ${SAID}, active_ms, informed, phase_id from vote
     where annotation = any($2::uuid[]) and project_id = $1 and ($3::text is null or phase_id = $3)
       and ($4::int is null or user_id = $4) order by vote.id`,
    [projectId, annotations, phaseId ?? null, userId ?? null],
  );

export const readDecisions = (sql: Sql, { projectId, annotations }: LogScope): Promise<DecisionEntry[]> =>
  sql.query<DecisionEntry>(
    `select ${SAID}, reason from decision where annotation = any($2::uuid[]) and project_id = $1 order by decision.id`,
    [projectId, annotations],
  );

const judgedOf = ({ judged_template, judged_shape }: Entry<string>): Content => ({
  templateId: judged_template,
  shapeKey: judged_shape,
});

function outcomeOf({ verdict, template_id, geometry }: Entry<string>): Outcome | { verdict: 'unsure' | 'none' } {
  if (verdict === 'relabel') return { verdict, templateId: template_id ?? 0 };
  if (verdict === 'reshape' && geometry)
    return {
      verdict,
      shape: { key: shapeKey(geometry), geometry: decodeGeometry(geometry) },
      ...(template_id === null ? {} : { templateId: template_id }),
    };
  return { verdict: verdict as 'accept' | 'reject' | 'unsure' | 'none' };
}

export const toVote = (entry: VoteEntry): Vote => ({
  ...outcomeOf(entry),
  reader: entry.user_id,
  sequence: entry.id,
  judged: judgedOf(entry),
});
export const toDecision = (entry: DecisionEntry): Decision =>
  ({ ...outcomeOf(entry), sequence: entry.id, judged: judgedOf(entry) }) as Decision;

/** A line of the log as people read it. @param now - shape and class that stand now */
export function toSaid<V extends string>(
  entry: Entry<V>,
  now: Content,
): Pick<SaidVote, 'readerId' | 'at' | 'isCurrent'> & { verdict: V; templateId?: number; geometry?: Geometry } {
  return {
    readerId: entry.user_id,
    verdict: entry.verdict,
    at: entry.at.toISOString(),
    isCurrent: entry.judged_template === now.templateId && entry.judged_shape === now.shapeKey,
    ...(entry.template_id === null ? {} : { templateId: entry.template_id }),
    ...(entry.geometry === null ? {} : { geometry: decodeGeometry(entry.geometry) }),
  };
}
export const toSaidVote = (entry: VoteEntry, now: Content): SaidVote => ({
  ...toSaid(entry, now),
  activeMs: entry.active_ms,
  informed: entry.informed,
});

interface Place {
  readonly projectId: number;
  readonly imageId: number;
  readonly userId: number;
}
interface Stored {
  readonly project_id: number;
  readonly image_id: number;
  readonly annotation: string;
  readonly verdict: string;
  readonly template_id: number | null;
  readonly geometry: Uint8Array | null;
  readonly judged_revision: number;
  readonly reason?: string;
}

/**
 * Finds what the person has stored under an id.
 *
 * @returns whether the same was stored before: sent again it stores nothing
 * @throws IdInUseError when it was something else
 */
export async function isStored(
  sql: Sql,
  table: 'vote' | 'decision',
  id: string,
  { projectId, imageId, userId }: Place,
  draft: Pick<VoteDraft, 'annotation' | 'revision' | 'verdict' | 'templateId' | 'geometry'> & {
    readonly reason?: string;
  },
): Promise<boolean> {
  const [row] = await sql.query<Stored>(
    `select project_id, image_id, annotation, verdict, template_id, geometry, judged_revision
       ${table === 'decision' ? ', reason' : ''} from ${table} where user_id = $1 and ${table}_id = $2`,
    [userId, id],
  );
  if (!row) return false;
  const isSame =
    row.project_id === projectId &&
    row.image_id === imageId &&
    row.annotation === draft.annotation.toLowerCase() &&
    row.verdict === draft.verdict &&
    row.judged_revision === draft.revision &&
    row.template_id === (draft.templateId ?? null) &&
    row.reason === draft.reason &&
    isSameShape(row.geometry, draft.geometry);
  if (!isSame) throw new IdInUseError({ what: table, id });
  return true;
}

function isSameShape(stored: Uint8Array | null, sent: Geometry | undefined): boolean {
  if (stored === null || sent === undefined) return stored === null && sent === undefined;
  try {
    return Buffer.compare(stored, encodeGeometry(sent)) === 0;
  } catch {
    return false; // what was sent is no geometry at all
  }
}

const saidColumns = (object: Annotation, draft: VoteDraft | DecisionDraft, outcome: Outcome | undefined): unknown[] => {
  const judged = contentOf(object);
  return [
    object.uuid,
    draft.verdict,
    draft.templateId ?? null,
    outcome?.verdict === 'reshape' ? encodeGeometry(outcome.shape.geometry) : null,
    object.revision,
    judged.templateId,
    judged.shapeKey,
  ];
};

/** Adds a vote to the log, unless its id is there. `seesAll`: others' votes were open to the person from the start. */
export async function addVote(
  sql: Sql,
  { projectId, imageId, userId }: Place,
  object: Annotation,
  draft: VoteDraft,
  outcome: Outcome | undefined,
  { phaseId, seesAll, isBlind }: { phaseId: string | undefined; seesAll: boolean; isBlind: boolean },
): Promise<void> {
  await sql.query(
    `insert into vote (vote_id, project_id, image_id, user_id, phase_id, active_ms, annotation, verdict, template_id, geometry,
       judged_revision, judged_template, judged_shape, informed)
     select $1, $2, $3, $4, $5, $6, $7::uuid, $8, $9, $10, $11, $12, $13,
       $14::boolean or (not $15::boolean and exists (select 1 from vote where annotation = $7::uuid and user_id = $4::int))
     on conflict (user_id, vote_id) do nothing`,
    [
      ...[draft.voteId, projectId, imageId, userId, phaseId ?? null, draft.activeMs],
      ...saidColumns(object, draft, outcome),
      ...[seesAll, isBlind],
    ],
  );
}

export async function addDecision(
  sql: Sql,
  { projectId, imageId, userId }: Place,
  object: Annotation,
  draft: DecisionDraft,
  outcome: Outcome | undefined,
): Promise<void> {
  await sql.query(
    `insert into decision (decision_id, project_id, image_id, user_id, reason, annotation, verdict, template_id, geometry,
       judged_revision, judged_template, judged_shape)
     values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12) on conflict (user_id, decision_id) do nothing`,
    [draft.decisionId, projectId, imageId, userId, draft.reason, ...saidColumns(object, draft, outcome)],
  );
}
