import { randomUUID } from 'node:crypto';
import { NotFoundError } from '@exact/sdk/contract';
import type { PluginContext, Sql } from '@exact/sdk/server';
import { IdInUseError, NotAReaderError, NotEmptyError, ObjectsLeftError, VoteInsteadError } from '../shared/errors.ts';
import type { ImageRecord, ImageRecordDraft } from '../shared/model.ts';
import type { z } from 'zod';
import { readVotes } from './log.ts';
import { isVotedOn, readObjects } from './objects.ts';
import { mineOf, verdictOn } from './queue.ts';
import type { Asking, Situation, Situations } from './situation.ts';
import { demandCase, demandVoter } from './voting.ts';

type Context = Pick<PluginContext, 'annotations' | 'db' | 'images'>;
type Draft = z.output<typeof ImageRecordDraft>;

export interface ImageRecords {
  list(asking: Asking, imageId: number): Promise<ImageRecord[]>;
  /** Notes that a reader is done with an image. Where a study is running, its case ends, too. */
  record(asking: Asking, imageId: number, draft: Draft): Promise<ImageRecord[]>;
  /** Accepts all that has no verdict, where people work together. @returns how many */
  verifyAll(asking: Asking, imageId: number): Promise<number>;
}

/** Verdicts in one change: small enough that nobody waits for its rows. */
const BATCH = 500;
/** Rounds of reading anew what somebody else has changed in between. */
const MAX_ROUNDS = 5;

interface Row {
  readonly image_id: number;
  readonly user_id: number;
  readonly outcome: 'complete' | 'empty' | 'open';
  readonly active_ms: number;
  readonly at: Date;
}

/** The latest word of each reader on images; who has taken it back is not listed. */
export async function readRecords(
  sql: Sql,
  projectId: number,
  imageIds: readonly number[],
  userId: number | undefined,
): Promise<Map<number, ImageRecord[]>> {
  const rows = await sql.query<Row>(
    `select distinct on (image_id, user_id) image_id, user_id, outcome, active_ms, at from image_record
     where project_id = $1 and image_id = any($2::int[]) and ($3::int is null or user_id = $3)
     order by image_id, user_id, id desc`,
    [projectId, imageIds, userId ?? null],
  );
  const records = new Map<number, ImageRecord[]>();
  for (const { image_id, user_id, outcome, active_ms, at } of rows) {
    if (outcome === 'open') continue;
    const list = records.get(image_id) ?? [];
    list.push({ readerId: user_id, outcome, activeMs: active_ms, at: at.toISOString() });
    records.set(image_id, list);
  }
  return records;
}

/** Where people work together all may know who is done with what; elsewhere only those who see all. */
export const visibleReader = ({ seesAll, mode }: Situation, userId: number): number | undefined =>
  seesAll || mode === 'cooperative' ? undefined : userId;

export function createImageRecords(ctx: Context, situations: Situations): ImageRecords {
  async function demandImage({ principal, projectId }: Asking, imageId: number): Promise<void> {
    const image = await ctx.images.get(principal, imageId);
    if (image.projectId !== projectId) throw new NotFoundError({ what: 'image', id: imageId });
  }
  async function recordsOf(asking: Asking, situation: Situation, imageId: number): Promise<ImageRecord[]> {
    const reader = visibleReader(situation, asking.principal.userId);
    return (await readRecords(ctx.db, asking.projectId, [imageId], reader)).get(imageId) ?? [];
  }

  /** @throws NotEmptyError, ObjectsLeftError when the objects say otherwise */
  async function demandDone(
    asking: Asking,
    situation: Situation,
    imageId: number,
    outcome: Draft['outcome'],
  ): Promise<void> {
    if (outcome === 'open') return;
    const { principal, projectId } = asking;
    const objects = await readObjects(ctx.annotations, principal, { projectId, imageId });
    const votes = Map.groupBy(
      await readVotes(ctx.db, {
        projectId,
        annotations: objects.map(({ uuid }) => uuid),
        phaseId: situation.study?.phaseId,
        userId: principal.userId,
      }),
      ({ annotation }) => annotation,
    );
    const said = objects.map((object) =>
      situation.mode === 'cooperative'
        ? verdictOn(object)
        : isVotedOn(situation, object, principal.userId)
          ? mineOf(object, votes.get(object.uuid) ?? [], principal.userId)
          : 'accept',
    );
    if (outcome === 'empty') {
      const count = said.filter((verdict) => verdict !== 'reject').length;
      if (count > 0) throw new NotEmptyError({ count });
    } else {
      const count = said.filter((verdict) => verdict === null).length;
      if (count > 0) throw new ObjectsLeftError({ count });
    }
  }

  return {
    async list(asking, imageId) {
      await demandImage(asking, imageId);
      return recordsOf(asking, await situations.of(asking), imageId);
    },

    async record(asking, imageId, draft) {
      const { principal, projectId } = asking;
      const { userId } = principal;
      const situation = await situations.of(asking);
      const [known] = await ctx.db.query<Pick<Row, 'image_id' | 'outcome'>>(
        'select image_id, outcome from image_record where user_id = $1 and record_id = $2',
        [userId, draft.recordId],
      );
      if (known) {
        if (known.image_id !== imageId || known.outcome !== draft.outcome)
          throw new IdInUseError({ what: 'record', id: draft.recordId });
        return recordsOf(asking, situation, imageId);
      }
      await demandImage(asking, imageId);
      if (situation.mode !== 'cooperative') demandVoter(situation);
      else if (!(situation.study ? situation.mayVote : situation.mayVerify))
        throw new NotAReaderError({ why: situation.study ? 'study' : 'role' });
      await demandCase(situation, userId, imageId);
      await demandDone(asking, situation, imageId, draft.outcome);
      // what the study refuses is not noted either
      await ctx.db.transaction(async (sql) => {
        await sql.query(
          `insert into image_record (record_id, project_id, image_id, user_id, outcome, active_ms)
           values ($1, $2, $3, $4, $5, $6) on conflict (user_id, record_id) do nothing`,
          [draft.recordId, projectId, imageId, userId, draft.outcome, draft.activeMs],
        );
        if (situation.study && draft.outcome !== 'open')
          await situations.study()?.finishCase(principal, imageId, draft.outcome);
      });
      return recordsOf(asking, situation, imageId);
    },

    async verifyAll(asking, imageId) {
      const { principal, projectId } = asking;
      const situation = await situations.of(asking);
      await demandImage(asking, imageId);
      if (situation.mode !== 'cooperative') throw new VoteInsteadError({ path: `/projects/${projectId}` });
      let accepted = 0;
      let clashes = 0;
      for (;;) {
        const { items } = await ctx.annotations.list(
          principal,
          { projectId, imageId, verified: 'none' },
          { limit: BATCH },
        );
        if (items.length === 0) return accepted;
        try {
          await ctx.annotations.change(principal, imageId, {
            changeId: randomUUID(),
            verify: items.map(({ uuid, revision }) => ({ uuid, revision, verdict: 'accepted' as const })),
          });
          accepted += items.length;
        } catch (error) {
          // somebody has changed one of them in between: what is there now is read anew
          if ((error as { code?: string }).code !== 'ANNOTATION_CONFLICT' || ++clashes > MAX_ROUNDS) throw error;
        }
      }
    },
  };
}
