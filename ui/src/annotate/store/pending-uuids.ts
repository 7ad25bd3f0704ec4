import type { QueueEntry } from './queue-storage.ts';

/**
 * Annotations that have steps which wait to be sent. Kept up with each entry that comes, changes or goes: gathered anew from all that
 * wait, each of ten thousand steps made without a line would cost more than the one before.
 */
export class PendingUuids {
  private readonly steps = new Map<string, number>();

  has(uuid: string): boolean {
    return this.steps.has(uuid);
  }
  add(entry: QueueEntry): void {
    this.count(entry, 1);
  }
  remove(entry: QueueEntry): void {
    this.count(entry, -1);
  }

  private count(entry: QueueEntry, by: 1 | -1): void {
    if (entry.state !== 'waiting') return;
    for (const { uuid } of entry.ops) {
      const left = (this.steps.get(uuid) ?? 0) + by;
      if (left > 0) this.steps.set(uuid, left);
      else this.steps.delete(uuid);
    }
  }
}
