import { randomUUID } from 'node:crypto';
import { gzipSync } from 'node:zlib';
import { bounds, decodeFrame, encodeGeometry, FrameBuilder } from '@exact/geometry';

import type { Pair } from './measure.ts';
import { createPolygons, exactShaped } from './polygons.ts';

export interface Payload {
  readonly count: number;
  readonly bytes: number;
  readonly gzipBytes: number;
  readonly jsonBytes: number;
  readonly jsonGzipBytes: number;
  /** Making the bytes of what the database gives and reading them into coordinates again; JSON of ready objects and back; ms. */
  readonly times: readonly Pair[];
}

/** Medians of many: a collection of garbage in the middle of one lengthens it by a third. */
const ROUNDS = 15;
/** Code that runs for the first time is compiled meanwhile: two of these were the slow end of the interval. */
const WARM_UP = 3;

/**
 * How large and how quick is the packed form, beside JSON as the original EXACT has it? Garbage is collected before each side:
 * what JSON leaves behind (a text of 100 MB, six million numbers) would else be collected while the packed form is timed.
 */
export function measurePayload(count: number, isTimed = true): Payload {
  const polygons = createPolygons();
  const rows = Array.from({ length: count }, () => ({
    uuid: randomUUID(),
    templateId: 3,
    authorId: 1,
    revision: 1,
    flags: 0,
    geometry: polygons.next(),
  }));
  const shaped = rows.map(({ geometry, uuid }, i) => exactShaped(geometry, i + 1, uuid));
  // As the database gives them.
  const packed = rows.map((row) => ({
    ...row,
    uuid: Buffer.from(row.uuid.replaceAll('-', ''), 'hex'),
    bounds: bounds(row.geometry),
    geometry: encodeGeometry(row.geometry),
  }));
  let frame: Uint8Array = new Uint8Array();
  let json = '';
  const ours = (): void => {
    const builder = new FrameBuilder();
    for (const row of packed) builder.append(row);
    frame = builder.finish();
    const read = decodeFrame(frame);
    let points = 0;
    for (let i = 0; i < read.count; i++) {
      const geometry = read.geometryAt(i);
      if (geometry.kind === 'polygon') points += geometry.polygons[0]?.[0]?.length ?? 0;
    }
    if (points !== 60 * count) throw new Error(`${points} numbers came back from ${count} polygons.`);
  };
  const anchor = (): void => {
    json = JSON.stringify(shaped);
    const objects = JSON.parse(json) as unknown[];
    if (objects.length !== count) throw new Error(`${objects.length} of ${count} objects came back.`);
  };
  const timed = (work: () => void): number => {
    globalThis.gc?.();
    const startedAt = performance.now();
    work();
    return performance.now() - startedAt;
  };
  const times: Pair[] = [];
  for (let round = -WARM_UP; round < (isTimed ? ROUNDS : 1 - WARM_UP); round++) {
    const pair = { ours: timed(ours), anchor: timed(anchor) };
    if (round >= 0) times.push(pair);
  }
  return {
    count,
    bytes: frame.length,
    gzipBytes: gzipSync(frame).length,
    jsonBytes: Buffer.byteLength(json),
    jsonGzipBytes: gzipSync(json).length,
    times,
  };
}
