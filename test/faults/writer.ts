import { randomUUID } from 'node:crypto';
import { setTimeout as delay } from 'node:timers/promises';
import type { Annotation, AnnotationChanges } from '@exact/sdk/contract';

import type { Browser } from '../server-process.ts';

/** Pace of a client that tries again. */
const RETRY_MS = 50;

/** A person who annotates without rest: makes and changes annotations, and sends each change until it is acknowledged. */
export interface Writer {
  /** What the server has confirmed, in its latest form. */
  readonly acknowledged: ReadonlyMap<string, { readonly revision: number; readonly description: string }>;
  /** Of all acknowledged changes. */
  readonly changeIds: readonly string[];
  /** Answers other than success and "not now" (503). */
  readonly unexpected: readonly string[];
  readonly counts: { readonly tried: number; readonly sent: number; readonly acknowledged: number };
  /** Has the change on its way acknowledged, and ends. */
  finish(): Promise<void>;
}

export function startWriter(browser: Browser, imageId: number, templateId: number): Writer {
  const acknowledged = new Map<string, { revision: number; description: string }>();
  const changeIds: string[] = [];
  const unexpected: string[] = [];
  const counts = { tried: 0, sent: 0, acknowledged: 0 };
  let isFinishing = false;

  async function submit(changes: AnnotationChanges): Promise<void> {
    counts.tried += 1;
    for (;;) {
      counts.sent += 1;
      // No answer at all: the server is away, or was killed before or after it stored the change. Only asking again tells.
      const answer = await browser
        .request<{ items: Annotation[] }>('POST', `/images/${imageId}/annotations/changes`, changes)
        .catch(() => undefined);
      if (answer?.status === 200) {
        counts.acknowledged += 1;
        changeIds.push(changes.changeId);
        for (const { uuid, revision, description } of answer.body.items)
          acknowledged.set(uuid, { revision, description });
        return;
      }
      if (answer && answer.status !== 503) {
        unexpected.push(`${answer.status} ${JSON.stringify(answer.body)}`);
        if (unexpected.length > 20 || answer.status < 500) return; // it will not get better by asking again
      }
      await delay(RETRY_MS);
    }
  }

  /** Two new ones, then a change of one that is known: half of the writes need the transaction of the revision check. */
  function next(turn: number): AnnotationChanges {
    const changeId = randomUUID();
    const known = [...acknowledged].at((turn * 7) % Math.max(1, acknowledged.size));
    const draft = {
      uuid: randomUUID(),
      templateId,
      geometry: { kind: 'box', x: turn % 2000, y: 10, width: 20, height: 20 } as const,
      description: 'new',
    };
    if (turn % 2 === 0 || !known) return { changeId, create: [draft, { ...draft, uuid: randomUUID() }] };
    const [uuid, { revision }] = known;
    return { changeId, update: [{ uuid, revision, description: `turn ${turn}` }] };
  }

  async function write(): Promise<void> {
    for (let turn = 0; !isFinishing; turn++) await submit(next(turn));
  }
  const running = write();

  return {
    acknowledged,
    changeIds,
    unexpected,
    counts,
    async finish() {
      isFinishing = true;
      await running;
    },
  };
}
