import type { Annotation } from '@exact/sdk/contract';
import { mergeUpdates, OWN, type ChangeOp, type Content } from './change-ops.ts';
import type { QueueEntry } from './queue-storage.ts';

// What happens to the changes behind one that was answered. Pure, so that each rule can be tested alone.

type Entries = readonly QueueEntry[];

/**
 * Puts the revisions that the server gave into the next steps that were built on them; those after build on these steps in
 * turn, and keep waiting for theirs. @returns only entries that changed
 */
export function rebase(entries: Entries, revisions: ReadonlyMap<string, number>): QueueEntry[] {
  const left = new Map(revisions);
  return entries.flatMap((entry) => {
    if (entry.state !== 'waiting' || !entry.ops.some((op) => left.has(op.uuid))) return [];
    const ops = entry.ops.map((op): ChangeOp => {
      const base = left.get(op.uuid);
      left.delete(op.uuid);
      return base !== undefined && 'base' in op && op.base === OWN ? { ...op, base } : op;
    });
    return [{ ...entry, ops }];
  });
}

/** Takes the steps on some annotations out of entries. @returns the entries with what is left, and what was taken, in order */
export function takeOut(
  entries: Entries,
  uuids: ReadonlySet<string>,
): { readonly left: QueueEntry[]; readonly taken: ChangeOp[] } {
  const taken: ChangeOp[] = [];
  const left = entries.map((entry) => {
    if (entry.state !== 'waiting' || !entry.ops.some((op) => uuids.has(op.uuid))) return entry;
    taken.push(...entry.ops.filter((op) => uuids.has(op.uuid)));
    return { ...entry, ops: entry.ops.filter((op) => !uuids.has(op.uuid)) };
  });
  return { left, taken };
}

/** Steps on annotations that get other UUIDs. @returns only entries that changed */
export function renamed(entries: Entries, names: ReadonlyMap<string, string>): QueueEntry[] {
  return entries.flatMap((entry) => {
    if (entry.state !== 'waiting' || !entry.ops.some((op) => names.has(op.uuid))) return [];
    return [{ ...entry, ops: entry.ops.map((op) => ({ ...op, uuid: names.get(op.uuid) ?? op.uuid })) }];
  });
}

/** What the person wants one annotation to be, from all their steps on it. */
export interface Intent {
  readonly content: Content;
  readonly isDeleted: boolean | undefined;
  readonly verdict: (ChangeOp & { op: 'verify' })['verdict'] | undefined;
}

export function intentOf(ops: readonly ChangeOp[]): Intent {
  let content: Content = {};
  let isDeleted: boolean | undefined;
  let verdict: Intent['verdict'];
  for (const op of ops) {
    if (op.op === 'delete') isDeleted = true;
    else if (op.op === 'restore') isDeleted = false;
    else if (op.op === 'verify') verdict = op.verdict;
    else {
      const { templateId, geometry, description, meta, layerId } = op;
      const given = Object.entries({ templateId, geometry, description, meta, layerId }).filter(
        ([, value]) => value !== undefined,
      );
      content = { ...content, ...Object.fromEntries(given) };
    }
  }
  return { content, isDeleted, verdict };
}

/**
 * Steps that put the person's wish on top of what the others made. They are to be sent one list after the other, since one
 * request cannot change an annotation twice.
 *
 * @returns nothing when the others did the same, or the annotation is gone
 */
export function stepsOnTop(uuid: string, mine: readonly ChangeOp[], theirs: Annotation | undefined): ChangeOp[][] {
  if (!theirs) return [];
  const { content, isDeleted, verdict } = intentOf(mine);
  if (isDeleted === true) return theirs.deleted ? [] : [[{ op: 'delete', uuid, base: theirs.revision }]];
  const steps: ChangeOp[][] = [];
  const base = (): number => (steps.length === 0 ? theirs.revision : OWN);
  if (theirs.deleted) steps.push([{ op: 'restore', uuid, base: base() }]);
  if (Object.keys(content).length > 0) steps.push([{ op: 'update', uuid, base: base(), ...content }]);
  if (verdict !== undefined) steps.push([{ op: 'verify', uuid, base: base(), verdict }]);
  return steps;
}

/** Joins quick steps of one kind on the same annotations (nudges by arrow keys) into one request. */
export function coalesce(
  last: QueueEntry | undefined,
  label: string,
  imageId: number,
  ops: readonly ChangeOp[],
): QueueEntry | undefined {
  if (!last || last.isSent || last.state !== 'waiting' || last.label !== label || last.imageId !== imageId)
    return undefined;
  if (last.ops.length !== ops.length) return undefined;
  const later = new Map(ops.map((op) => [op.uuid, op]));
  const merged: ChangeOp[] = [];
  for (const op of last.ops) {
    const next = later.get(op.uuid);
    if (op.op !== 'update' || next?.op !== 'update') return undefined;
    merged.push(mergeUpdates(op, next));
  }
  return { ...last, ops: merged };
}
