import { AnnotationConflictError, OfflineError, type Annotation } from '@exact/sdk/contract';
import { setImmediate } from 'node:timers/promises';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { OWN, type ChangeOp } from './change-ops.ts';
import { problem } from './fake-server.testing.ts';
import { createMemoryStorage, type QueueEntry } from './queue-storage.ts';
import { WriteQueue } from './write-queue.ts';

describe('which annotations have steps that wait', () => {
  it('is told without looking through the steps, however many wait', () => {
    let looks = 0;
    const queue = new WriteQueue({
      userId: 1,
      storage: createMemoryStorage(),
      send: () => new Promise(() => undefined),
    });
    const looksFor = (from: number, to: number): number => {
      looks = 0;
      for (let n = from; n < to; n++) {
        const uuid = `annotation-${n}`;
        const step = {
          op: 'update',
          base: 1,
          get uuid() {
            looks += 1;
            return uuid;
          },
        } as const;
        expect(queue.isPending(uuid)).toBe(false);
        queue.enqueue(1, `Step ${n}`, [step]);
        expect(queue.isPending(uuid)).toBe(true);
      }
      return looks;
    };
    looksFor(0, 1); // is being sent
    expect([looksFor(1, 101), looksFor(101, 901), looksFor(901, 1001)]).toEqual([100, 800, 100]);
    queue.stop();
  });

  it('stays right whatever becomes of the steps', async () => {
    const uuids = ['a', 'b', 'c', 'd'] as const;
    const some = fc.uniqueArray(fc.constantFrom(...uuids), { minLength: 1 });
    const event = fc.oneof(
      { weight: 3, arbitrary: fc.record({ kind: fc.constant('made' as const), some, isNew: fc.boolean() }) },
      { weight: 2, arbitrary: fc.record({ kind: fc.constantFrom('stored' as const, 'rejected', 'offline', 'retry') }) },
      fc.record({ kind: fc.constant('conflict' as const), some }),
      fc.record({ kind: fc.constantFrom('mine' as const, 'theirs', 'discard') }),
    );
    await fc.assert(
      fc.asyncProperty(fc.array(event, { maxLength: 40, size: 'max' }), async (events) => {
        const kept = new Map<string, QueueEntry>();
        const start = (): WriteQueue =>
          new WriteQueue({ userId: 1, storage: createMemoryStorage(kept), send, delay: () => () => undefined });
        let answer: ((error?: unknown) => void) | undefined;
        let revision = 1;
        const rowOf = (uuid: string) => ({ uuid, revision, deleted: false }) as Annotation;
        const send: ConstructorParameters<typeof WriteQueue>[0]['send'] = (_image, { create, update }) =>
          new Promise((resolve, reject) => {
            answer = (error) => {
              answer = undefined;
              revision += 1;
              if (error === undefined)
                resolve({ items: [...(create ?? []), ...(update ?? [])].map((row) => rowOf(row.uuid)) });
              else reject(error as Error);
            };
          });
        const queue = start();
        const check = (tested: WriteQueue): void => {
          const waiting = new Set(tested.waitingOf(1).flatMap((entry) => entry.ops.map((op) => op.uuid)));
          expect(uuids.filter((uuid) => tested.isPending(uuid))).toEqual(uuids.filter((uuid) => waiting.has(uuid)));
        };
        for (const one of events) {
          const { conflicts, rejected } = queue.status;
          if (one.kind === 'made') {
            const op = (uuid: string): ChangeOp =>
              one.isNew
                ? { op: 'create', uuid, templateId: 1, geometry: { kind: 'image' } }
                : { op: 'update', uuid, base: OWN, templateId: 2 };
            queue.enqueue(1, 'Step', one.some.map(op));
          } else if (one.kind === 'stored') answer?.();
          else if (one.kind === 'rejected') answer?.(problem('ANNOTATION_INVALID', 422));
          else if (one.kind === 'offline') answer?.(new OfflineError('/'));
          else if (one.kind === 'conflict') {
            const data = { conflicts: one.some.map((uuid) => ({ uuid, current: rowOf(uuid) })) };
            answer?.(problem(AnnotationConflictError.code, 409, data));
          } else if (one.kind === 'retry') queue.retry();
          else if (one.kind === 'discard') queue.discard(rejected[0]?.changeId ?? '');
          else queue.resolve(conflicts[0]?.changeId ?? '', one.kind);
          check(queue);
          await setImmediate(); // what the answer sets going is done
          check(queue);
        }
        queue.stop();
        const next = start();
        await next.start();
        check(next);
        expect(uuids.filter((uuid) => next.isPending(uuid))).toEqual(uuids.filter((uuid) => queue.isPending(uuid)));
        next.stop();
      }),
      { seed: 27, numRuns: 200 },
    );
  });
});
