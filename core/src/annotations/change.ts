import {
  type Annotation,
  AnnotationInvalidError,
  type AnnotationsChanged,
  LayerReadOnlyError,
  NotFoundError,
  type ProjectRole,
} from '@exact/sdk/contract';
import type { ChangeOrigin, ChangeSet, HookContext, Verification } from '@exact/sdk/hooks';
import type { Logger, Principal, Sql } from '@exact/sdk/server';
import type pg from 'pg';
import { demandPermission } from '../auth/permissions.ts';
import type { SeeingServices } from '../auth/seeing.ts';
import type { EventOutbox } from '../db/outbox.ts';
import { inTransaction, sqlOn } from '../db/sql.ts';
import { demandAttributes, findWrongAttributes } from './attributes.ts';
import { completeDrafts, completePatches, mayDelete, mayVerify } from './before-hooks.ts';
import { boundsOn, findGroundProblem, type Ground, readGround } from './ground.ts';
import { nextRow } from './next-row.ts';
import { type AnnotationRow, toAnnotation } from './rows.ts';
import { createStatement, type NextRow, reviseStatement, type Statement } from './statements.ts';
import { demandSameImage, findStored, lockRows, replay } from './stored.ts';
import { findMarkProblem, uuidMarkOf } from './uuid-mark.ts';
import { type CleanChanges, type CleanDraft, type CleanEdit, type Problem, readChanges } from './validate.ts';

export interface ChangeContext {
  /** Role of the principal in the project; administrators of the instance need none. */
  readonly role: ProjectRole | undefined;
  readonly requestId: string;
  readonly signal: AbortSignal;
  readonly log: Logger;
}

export interface ChangeResult {
  readonly changeId: string;
  readonly cursor: string;
  /** In the order of the request: created, updated, deleted, restored, verified. */
  readonly items: Annotation[];
}

/** Stores a change of annotations. `changes` comes from outside and is checked here. */
export type ChangeAnnotations = (
  principal: Principal,
  projectId: number,
  imageId: number,
  changes: unknown,
  origin: ChangeOrigin,
  context: ChangeContext,
) => Promise<ChangeResult>;

/** Longer lists are not worth their bytes: who sees them reads the image anew. */
export const MAX_LISTED = 1000;
/** Two requests can meet in ways that only the database sees; the second one is then tried again on what it stored. */
const MAX_TRIES = 4;

/**
 * Makes the one way by which annotations are written.
 *
 * Safe to repeat: a `changeId` is stored with its change, and the second request gets the first answer. Nothing is lost
 * silently: rows are locked and their revisions compared. All of a request is stored, with its revisions, its event and the
 * note of its id, or nothing.
 */
export function createChange(
  { database, hooks, outbox, seeing }: SeeingServices,
  events: Pick<EventOutbox, 'current'>,
): ChangeAnnotations {
  const { pool, sql } = database;

  /** One request on its way. */
  interface Work {
    readonly principal: Principal;
    readonly projectId: number;
    readonly imageId: number;
    readonly context: HookContext;
    readonly asked: CleanChanges;
    readonly ground: Ground;
  }
  interface Stored {
    readonly created: readonly Annotation[];
    /** Drafts that were there already. */
    readonly known: ReadonlyMap<string, Annotation>;
    /** Rows by UUID after the change. */
    readonly revised: ReadonlyMap<string, Annotation>;
  }

  async function store(work: Work, mayBeStored: boolean): Promise<Stored> {
    const { asked, projectId, imageId, principal } = work;
    const known = mayBeStored
      ? await findStored(sql, imageId, principal.userId, asked.drafts)
      : new Map<string, Annotation>();
    const drafts = asked.drafts.filter((draft) => !known.has(draft.uuid));
    const isHooked = drafts.length > 0 && hooks.annotations.beforeCreate.isUsed(projectId);
    if (asked.edits.length === 0 && !isHooked) {
      // Creating alone is one statement: a transaction around it would be three more ways to the database.
      return { created: await create(pool, work, drafts), known, revised: new Map() };
    }
    return inTransaction(pool, async (client) => {
      const inside: Work = { ...work, context: { ...work.context, sql: sqlOn(client) } };
      const rows = await revise(client, inside);
      const completed = isHooked ? await completeDrafts(hooks, inside.context, imageId, drafts) : drafts;
      const ground = completed === drafts ? work.ground : await groundOfCompleted(client, inside, completed, []);
      const created = await create(client, { ...inside, ground }, completed);
      return { created, known, revised: new Map(rows.map((row) => [row.uuid, toAnnotation(row)])) };
    });
  }

  async function revise(client: pg.PoolClient, work: Work): Promise<AnnotationRow[]> {
    const { asked, context, imageId } = work;
    if (asked.edits.length === 0) return [];
    const locked = await lockRows(context.sql as Sql, { hooks, seeing }, context, imageId, asked.edits);
    await demandNoLayer(work, [...locked.values()]);
    const before = (edit: CleanEdit): AnnotationRow => locked.get(edit.uuid) as AnnotationRow; // lockRows found all of them
    const edits = await completePatches(hooks, context, imageId, asked.edits, before);
    const ground = edits === asked.edits ? work.ground : await groundOfCompleted(client, work, [], edits);
    await mayDelete(hooks, context, edits, before);
    await mayVerify(hooks, context, edits, before);
    const written = edits.map((edit) => {
      const { template_id, meta } = before(edit);
      return { ...edit, templateId: edit.templateId ?? template_id, before: meta };
    });
    const problems: Problem[] = await findWrongAttributes(sqlOn(client), written);
    const next: NextRow[] = [];
    for (const edit of edits) {
      const result = nextRow(edit, before(edit), ground);
      if ('code' in result) problems.push(result);
      else next.push(result);
    }
    if (problems.length > 0) throw new AnnotationInvalidError({ items: problems });
    return query<AnnotationRow>(client, reviseStatement(next, work.principal.userId));
  }

  /** Who works blind shares the rows of layers with others. */
  async function demandNoLayer({ principal, projectId }: Work, rows: readonly AnnotationRow[]): Promise<void> {
    const uuids = rows.flatMap((row) => (row.layer_id === null ? [] : row.uuid));
    if (uuids.length === 0 || !(await seeing.blinding.of(principal, projectId)).isBlinded) return;
    throw new LayerReadOnlyError({ uuids });
  }

  /** Before anything is looked for by them. */
  async function demandOwnUuids(principal: Principal, projectId: number, drafts: readonly CleanDraft[]): Promise<void> {
    if (drafts.length === 0 || !(await seeing.blinding.of(principal, projectId)).isBlinded) return;
    const mark = uuidMarkOf(principal.userId);
    const items = drafts.flatMap((draft) => findMarkProblem(draft, mark) ?? []);
    if (items.length > 0) throw new AnnotationInvalidError({ items });
  }

  /** What plugins have written must stand on the image and its templates as well. */
  async function groundOfCompleted(
    client: pg.PoolClient,
    { principal, projectId, imageId, asked, ground }: Work,
    drafts: readonly CleanDraft[],
    edits: readonly CleanEdit[],
  ): Promise<Ground> {
    const completed = { changeId: asked.changeId, drafts, edits };
    const next = (await readGround(client, projectId, imageId, principal.userId, completed)) ?? ground;
    demandGround(next, drafts, edits);
    return next;
  }

  /** The last step, also where nothing is created: it notes the change and its event. */
  async function create(
    client: pg.Pool | pg.PoolClient,
    work: Work,
    drafts: readonly CleanDraft[],
  ): Promise<Annotation[]> {
    const { asked, ground, principal, imageId } = work;
    await demandAttributes(sqlOn(client), drafts);
    const rows = drafts.map((draft) => ({ ...draft, bounds: boundsOn(ground, draft.shape) }));
    const note = {
      changeId: asked.changeId,
      userId: principal.userId,
      imageId,
      uuids: [...asked.drafts, ...asked.edits].map((item) => item.uuid),
      event: eventOf(work, drafts),
    };
    const [stored] = await query<{ at: Date }>(client, createStatement(rows, note));
    const at = (stored?.at ?? new Date()).toISOString();
    return drafts.map((draft) => ({
      uuid: draft.uuid,
      imageId,
      templateId: draft.templateId,
      geometry: draft.shape.geometry,
      description: draft.description ?? '',
      meta: draft.meta === undefined ? {} : (JSON.parse(draft.meta) as Annotation['meta']),
      authorId: principal.userId,
      editorId: principal.userId,
      createdAt: at,
      updatedAt: at,
      revision: 1,
      deleted: false,
      locked: false,
    }));
  }

  function eventOf(work: Work, drafts: readonly CleanDraft[]): AnnotationsChanged | undefined {
    const { asked, projectId, imageId, principal } = work;
    if (drafts.length === 0 && asked.edits.length === 0) return undefined;
    const created = drafts.map((draft) => draft.uuid);
    const deleted = asked.edits.filter((edit) => edit.list === 'delete').map((edit) => edit.uuid);
    const updated = asked.edits.filter((edit) => edit.list !== 'delete').map((edit) => edit.uuid);
    const many = Math.max(created.length, updated.length, deleted.length) > MAX_LISTED;
    const head = {
      topic: 'annotations.changed',
      projectId,
      imageId,
      changeId: asked.changeId,
      userId: principal.userId,
    } as const;
    return many
      ? { ...head, created: [], updated: [], deleted: [], many }
      : { ...head, created, updated, deleted, many };
  }

  async function callAfter(work: Work, stored: Stored, origin: ChangeOrigin): Promise<void> {
    const { asked, projectId, imageId, context } = work;
    const after = (list: CleanEdit['list']): Annotation[] =>
      asked.edits.flatMap((edit) => (edit.list === list ? (stored.revised.get(edit.uuid) ?? []) : []));
    const change: ChangeSet = {
      projectId,
      imageId,
      changeId: asked.changeId,
      origin,
      created: stored.created,
      updated: [...after('update'), ...after('restore')],
      deleted: after('delete'),
    };
    const { afterCreate, afterUpdate, afterDelete, afterVerify } = hooks.annotations;
    const verdicts: Verification[] = after('verify').map((annotation) => ({
      annotation,
      verdict: annotation.verification?.verdict ?? 'none',
    }));
    // The change is stored: whatever goes wrong here must not turn the answer into a failure.
    const run = async (isDue: boolean, hook: { isUsed(projectId?: number): boolean }, call: () => Promise<unknown>) => {
      if (!isDue || !hook.isUsed(projectId)) return;
      await call().catch((error: unknown) =>
        context.log.error({ err: error, projectId }, 'a hook after a change failed'),
      );
    };
    await run(change.created.length > 0, afterCreate, () => afterCreate.call(change, context));
    await run(change.updated.length > 0, afterUpdate, () => afterUpdate.call(change, context));
    await run(change.deleted.length > 0, afterDelete, () => afterDelete.call(change, context));
    await run(verdicts.length > 0, afterVerify, () => afterVerify.call(verdicts, context));
  }

  return async (principal, projectId, imageId, changes, origin, { role, requestId, signal, log }) => {
    const asked = await readChanges(changes);
    if (asked.edits.some((edit) => edit.list === 'verify')) demandPermission(principal, role, 'annotations:verify');
    if (asked.edits.some((edit) => edit.layerId !== undefined)) demandPermission(principal, role, 'layers:write');
    const cursor = await events.current();
    const context: HookContext = { principal, projectId, requestId, signal, log };
    let mayBeStored = false;
    for (let tries = 1; ; tries++) {
      const ground = await readGround(pool, projectId, imageId, principal.userId, asked);
      if (!ground) throw new NotFoundError({ what: 'image', id: imageId });
      if (ground.earlier) {
        demandSameImage(ground.earlier, asked.changeId, imageId);
        return {
          changeId: asked.changeId,
          cursor,
          items: await replay(sql, asked.changeId, principal.userId, imageId),
        };
      }
      await demandOwnUuids(principal, projectId, asked.drafts);
      demandGround(ground, asked.drafts, asked.edits);
      const work: Work = { principal, projectId, imageId, context, asked, ground };
      try {
        const stored = await store(work, mayBeStored);
        outbox.wake();
        await callAfter(work, stored, origin);
        const all = new Map([
          ...stored.known,
          ...stored.created.map((item) => [item.uuid, item] as const),
          ...stored.revised,
        ]);
        const items = [...asked.drafts, ...asked.edits].flatMap((item) => all.get(item.uuid) ?? []);
        return { changeId: asked.changeId, cursor, items };
      } catch (error) {
        if (tries === MAX_TRIES || !isWorthAnotherTry(error)) throw error;
        mayBeStored = true;
      }
    }
  };
}

function demandGround(ground: Ground, drafts: readonly CleanDraft[], edits: readonly CleanEdit[]): void {
  const problems: Problem[] = [];
  for (const draft of drafts) {
    const problem = findGroundProblem(
      ground,
      { list: 'create', index: draft.index, uuid: draft.uuid },
      draft,
      draft.shape.kind,
    );
    if (problem) problems.push(problem);
  }
  for (const edit of edits) {
    const problem = findGroundProblem(ground, edit, edit, edit.shape?.kind);
    if (problem) problems.push(problem);
  }
  if (problems.length > 0) throw new AnnotationInvalidError({ items: problems });
}

/**
 * 23505: the change or an annotation of this UUID was stored meanwhile, or long ago; what is there now decides. 23503: image or
 * template went meanwhile; the next look at the ground tells which. 40P01: the database ended one of two that waited for
 * each other.
 */
function isWorthAnotherTry(error: unknown): boolean {
  return (
    ['23505', '23503', '40P01'].includes((error as { code?: string }).code ?? '') && 'severity' in (error as object)
  );
}

async function query<T extends pg.QueryResultRow>(client: pg.Pool | pg.PoolClient, statement: Statement): Promise<T[]> {
  return (await client.query<T>(statement)).rows;
}
