import { bounds, decodeCentres, FRAME_FLAGS } from '@exact/geometry';
import { OfflineError } from '@exact/sdk/contract';
import { IdSlots, uuidWords } from '../layer/index.ts';
import type { AnnotationStore, Heard } from './annotation-store.ts';

/** Annotations in columns; `Centres` of the SDK. */
export interface CentreColumns {
  readonly count: number;
  readonly x: Float32Array;
  readonly y: Float32Array;
  readonly templateId: Int32Array;
  readonly verdict: Uint8Array;
  uuid(index: number): string;
  readonly version: number;
}

/** Codes of the column of verdicts. */
const [NO_VERDICT, ACCEPTED, REJECTED] = [0, 1, 2];

export interface LiveCentresOptions {
  readonly store: Pick<AnnotationStore, 'onHeard' | 'unsent'>;
  /** Packed centres with UUIDs of all that the person's filter shows. */
  read(signal: AbortSignal): Promise<ArrayBuffer>;
  onChange(columns: CentreColumns): void;
  onProblem(error: unknown): void;
}

const RETRY_MS = 2000;
/** Between two readings of everything: while somebody imports a million, each thousand says that all may have changed. */
const PAUSE_MS = 500;

/**
 * Where every annotation of the image lies and what it is, kept up to date. Read once from the server, in one packed answer; after that
 * what the store hears of single annotations is written into the columns, so that a change costs nothing of the others. Entries have
 * no order: the last one takes the place of one that is gone.
 *
 * Where much has changed at once the answer is read anew. What is heard while it is on its way, and what is unsent, goes on top.
 */
export function createLiveCentres(options: LiveCentresOptions): { dispose(): void } {
  const { store } = options;
  let columns = createColumns(0);
  let version = 0;
  let isThere = false;
  let reading: AbortController | undefined;
  let isStale = false;
  let timer: ReturnType<typeof setTimeout> | undefined;
  let readAt = -Infinity;
  let isTold = false;
  /** Since the answer that is on its way was asked for, the latest of each. */
  const heardMeanwhile = new Map<string, Heard>();

  const stop = store.onHeard((heard) => {
    if (heard === 'all') return refresh();
    if (reading) for (const one of heard) heardMeanwhile.set(one.uuid, one);
    if (!isThere) return;
    let isChanged = false;
    for (const one of heard) isChanged = columns.take(one) || isChanged;
    if (isChanged) tell();
  });
  refresh();

  function tell(): void {
    version += 1;
    options.onChange(columns.show(version));
  }

  function refresh(): void {
    if (reading) isStale = true;
    else plan(readAt + PAUSE_MS - performance.now());
  }
  function plan(ms: number): void {
    clearTimeout(timer);
    if (ms <= 0) void read();
    else timer = setTimeout(() => void read(), ms);
  }

  async function read(): Promise<void> {
    clearTimeout(timer);
    const abort = new AbortController();
    reading = abort;
    isStale = false;
    heardMeanwhile.clear();
    try {
      const packed = await options.read(abort.signal);
      if (abort.signal.aborted) return;
      reading = undefined;
      readAt = performance.now();
      columns = columnsOf(packed);
      for (const one of heardMeanwhile.values()) columns.take(one);
      for (const one of store.unsent()) columns.take(one);
      isThere = true;
      isTold = false;
      tell();
      if (isStale) plan(PAUSE_MS);
    } catch (error) {
      if (abort.signal.aborted) return;
      reading = undefined;
      plan(RETRY_MS);
      // told once: the next tries fail the same way
      if (!(error instanceof OfflineError) && !isTold) options.onProblem(error);
      isTold = true;
    }
  }

  return {
    dispose() {
      stop();
      clearTimeout(timer);
      reading?.abort();
      reading = undefined;
    },
  };
}

function columnsOf(packed: ArrayBuffer): ReturnType<typeof createColumns> {
  const centres = decodeCentres(packed);
  const columns = createColumns(centres.count);
  const { uuids, x, y, templateIds, templateIndex, flags } = centres;
  if (!uuids) throw new Error('The centres came without UUIDs.');
  columns.fill({ uuids, x, y, templateIds, templateIndex, flags, count: centres.count });
  return columns;
}

function createColumns(expected: number) {
  const ids = new IdSlots();
  let capacity = Math.ceil(expected * 1.1) + 64;
  let count = 0;
  let x = new Float32Array(capacity);
  let y = new Float32Array(capacity);
  let templateId = new Int32Array(capacity);
  let verdict = new Uint8Array(capacity);

  function grow(): void {
    capacity *= 2;
    const [oldX, oldY, oldTemplateId, oldVerdict] = [x, y, templateId, verdict];
    x = new Float32Array(capacity);
    y = new Float32Array(capacity);
    templateId = new Int32Array(capacity);
    verdict = new Uint8Array(capacity);
    x.set(oldX);
    y.set(oldY);
    templateId.set(oldTemplateId);
    verdict.set(oldVerdict);
  }

  function remove(slot: number): void {
    const last = count - 1;
    ids.free(slot);
    if (slot !== last) {
      const id = ids.idOf(last);
      ids.free(last);
      ids.set(id, slot);
      x[slot] = x[last]!; // `!`: below `count`
      y[slot] = y[last]!;
      templateId[slot] = templateId[last]!;
      verdict[slot] = verdict[last]!;
    }
    count = last;
  }

  return {
    fill(from: {
      readonly count: number;
      readonly uuids: Uint8Array;
      readonly x: Int32Array;
      readonly y: Int32Array;
      readonly templateIds: Uint32Array;
      readonly templateIndex: Uint16Array;
      readonly flags: Uint8Array;
    }): void {
      const words = uuidWords(from.uuids);
      ids.reserve(from.count, capacity);
      for (let i = 0; i < from.count; i++) ids.slotFor(words, 4 * i, i);
      x.set(from.x);
      y.set(from.y);
      for (let i = 0; i < from.count; i++) templateId[i] = from.templateIds[from.templateIndex[i]!]!; // decoding has checked them
      for (let i = 0; i < from.count; i++) verdict[i] = verdictOf(from.flags[i]!);
      count = from.count;
    },
    /** @returns whether that changes anything */
    take({ uuid, record }: Heard): boolean {
      const known = ids.slotOf(uuid);
      if (!record || record.geometry.kind === 'image') {
        if (known !== undefined) remove(known);
        return known !== undefined;
      }
      const { minX, minY, maxX, maxY } = bounds(record.geometry);
      const [atX, atY] = [Math.floor((minX + maxX) / 2), Math.floor((minY + maxY) / 2)]; // as the server does
      const said = record.verdict === 'accepted' ? ACCEPTED : record.verdict === 'rejected' ? REJECTED : NO_VERDICT;
      let slot = known;
      if (slot === undefined) {
        slot = count++;
        if (slot >= capacity) grow();
        ids.set(uuid, slot);
      } else if (x[slot] === atX && y[slot] === atY && templateId[slot] === record.templateId && verdict[slot] === said)
        return false;
      x[slot] = atX;
      y[slot] = atY;
      templateId[slot] = record.templateId;
      verdict[slot] = said;
      return true;
    },
    show(version: number): CentreColumns {
      const shown = count;
      return {
        count,
        x: x.subarray(0, count),
        y: y.subarray(0, count),
        templateId: templateId.subarray(0, count),
        verdict: verdict.subarray(0, count),
        uuid(index) {
          if (!Number.isInteger(index) || index < 0 || index >= Math.min(shown, count))
            throw new RangeError(`There is no annotation ${index}: there are ${count}, from 0 on.`);
          return ids.idOf(index);
        },
        version,
      };
    },
  };
}

const verdictOf = (flags: number): number =>
  flags & FRAME_FLAGS.verified ? ACCEPTED : flags & FRAME_FLAGS.rejected ? REJECTED : NO_VERDICT;
