import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { bounds, encodeGeometry } from '@exact/geometry';
import { from as copyFrom } from 'pg-copy-streams';

import type { Polygons } from './polygons.ts';
import type { World } from './world.ts';

/**
 * What a file import is compared with: COPY into a table with the keys and indexes of the real one, rows made by Node from
 * objects in memory. No file, no JSON, no check, no event.
 *
 * @returns ms for all rows
 */
export async function copyRate(
  { sql, images }: World,
  polygons: Polygons,
  count: number,
  templateOf: (index: number) => number,
): Promise<number> {
  const objects = Array.from({ length: count }, () => polygons.next());
  function* rows(): Generator<string> {
    let piece = '';
    for (const [i, geometry] of objects.entries()) {
      const { minX, minY, maxX, maxY } = bounds(geometry);
      const packed = Buffer.from(encodeGeometry(geometry)).toString('hex');
      piece += `${crypto.randomUUID()}\t${images.other}\t${templateOf(i)}\t1\t1\t4\t(${maxX},${maxY}),(${minX},${minY})\t\\\\x${packed}\n`;
      if (piece.length < 256 * 1024) continue;
      yield piece;
      piece = '';
    }
    yield piece;
  }
  const { rows: first } = await sql.query<{ last: string }>('select max(id)::text as last from bench.bare');
  await sql.query(`alter table bench.bare alter column id restart with ${BigInt(first[0]?.last ?? 0) + 1n}`);
  const startedAt = performance.now();
  await pipeline(
    Readable.from(rows(), { objectMode: false }),
    sql.query(
      copyFrom('copy bench.bare (uuid, image_id, template_id, author_id, editor_id, kind, box, geometry) from stdin'),
    ),
  );
  return performance.now() - startedAt;
}
