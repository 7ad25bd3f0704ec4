import type { Client } from '@exact/sdk/contract';
import { createClient, OfflineError, ProblemError } from '@exact/sdk/ui';
import { screeningContract } from '../shared/contract.ts';
import type { PositionDraft, VisitDraft } from '../shared/model.ts';
import type { z } from 'zod';
import { createOutbox, type Outbox } from './outbox.ts';

/** What goes to the server from the reader's hands. */
export type Sending =
  | { readonly kind: 'visit'; readonly visit: VisitDraft }
  | { readonly kind: 'position'; readonly position: Omit<z.input<typeof PositionDraft>, 'sentAt' | 'deviceId'> }
  | { readonly kind: 'mark'; readonly field: number; readonly note: string | undefined };

/** This page, to tell its own events from those of another device. */
export const DEVICE_ID = crypto.randomUUID();
/** As many visits as the server takes at once. */
const BATCH = 500;
const PLUGIN_NOT_ENABLED = 'PLUGIN_NOT_ENABLED';

export interface SendingOptions {
  readonly projectId: number;
  readonly userId: number;
  readonly baseUrl: string;
  readonly onRefused: (message: string) => void;
}

/** Sends visits, positions and marks in the background; nothing is lost while the line is cut or the browser closes. */
export function createSending({ projectId, userId, baseUrl, onRefused }: SendingOptions): Outbox<Sending> {
  const usual = createClient(screeningContract, { baseUrl });
  // keepalive: the request outlives the page
  const last = createClient(screeningContract, {
    baseUrl,
    fetch: (input, init) => fetch(input, { ...init, keepalive: true }),
  });
  return createOutbox<Sending>({
    storage: localStorage,
    prefix: `screening:${projectId}:${userId}:`,
    batchSize: BATCH,
    send: (group, records, isLast) => sendTo(isLast ? last : usual, planOf(group), records),
    refusedOf,
    onRefused: (_, _records, error) => onRefused(error instanceof Error ? error.message : String(error)),
  });
}

/** Visits of a plan are sent together, all else by itself. */
export const groupOf = (planId: string, sending: Sending): string =>
  `${sending.kind} ${planId}${sending.kind === 'mark' ? ` ${sending.field}` : ''}`;
const planOf = (group: string): string => group.split(' ')[1] ?? '';

async function sendTo(
  client: Client<typeof screeningContract>,
  planId: string,
  records: readonly Sending[],
): Promise<void> {
  const params = { planId };
  const now = { sentAt: Date.now(), deviceId: DEVICE_ID };
  const visits = records.flatMap((record) => (record.kind === 'visit' ? [record.visit] : []));
  if (visits.length > 0) await client.addVisits({ params, body: { ...now, visits } });
  for (const record of records) {
    if (record.kind === 'position') await client.setPosition({ params, body: { ...now, ...record.position } });
    if (record.kind !== 'mark') continue;
    const mark = { ...params, field: record.field };
    if (record.note === undefined) await client.removeMark({ params: mark, query: { deviceId: DEVICE_ID } });
    else await client.setMark({ params: mark, body: { note: record.note, deviceId: DEVICE_ID } });
  }
}

/**
 * Which records the server will never take. It names visits that cannot be true; of other records a refusal means all of them. What is
 * over by itself is tried again: an answer 5xx, too many requests, a session that has ended, the plugin switched off.
 */
export function refusedOf(error: unknown, records: readonly Sending[]): readonly Sending[] {
  if (error instanceof OfflineError || !(error instanceof ProblemError)) return [];
  if (error.status >= 500 || error.status === 429 || error.status === 401 || error.status === 408) return [];
  if (error.code === PLUGIN_NOT_ENABLED) return [];
  if (error.code === 'VISITS_REFUSED') {
    const { visits = [] } = (error.data.data ?? {}) as { visits?: readonly { readonly id: string }[] };
    const ids = new Set(visits.map(({ id }) => id));
    const named = records.filter((record) => record.kind === 'visit' && ids.has(record.visit.id));
    if (named.length > 0) return named;
  }
  return records;
}
