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

const ROUNDS = 15;

/** How large and how quick is the packed form, beside JSON as the original EXACT has it? */
export function measurePayload(count: number): Payload {
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
  const times: Pair[] = [];
  // As the database gives them.
  const packed = rows.map((row) => ({
    ...row,
    uuid: Buffer.from(row.uuid.replaceAll('-', ''), 'hex'),
    bounds: bounds(row.geometry),
    geometry: encodeGeometry(row.geometry),
  }));
  let frame: Uint8Array = new Uint8Array();
  let json = '';
  for (let round = 0; round < ROUNDS; round++) {
    const startedAt = performance.now();
    const builder = new FrameBuilder();
    for (const row of packed) builder.append(row);
    frame = builder.finish();
    const read = decodeFrame(frame);
    let points = 0;
    for (let i = 0; i < read.count; i++) {
      const geometry = read.geometryAt(i);
      if (geometry.kind === 'polygon') points += geometry.polygons[0]?.[0]?.length ?? 0;
    }
    const packedAt = performance.now();
    json = JSON.stringify(shaped);
    const objects = JSON.parse(json) as unknown[];
    times.push({ ours: packedAt - startedAt, anchor: performance.now() - packedAt });
    if (points !== 60 * objects.length) throw new Error(`${points} numbers came back from ${count} polygons.`);
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
