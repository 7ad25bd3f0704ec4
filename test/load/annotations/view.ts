import { decodeFrame, decodeOverview } from '@exact/geometry';

import type { Pair } from './measure.ts';
import { createPolygons, SLIDE_PX } from './polygons.ts';
import type { World } from './world.ts';

type Box = readonly [minX: number, minY: number, maxX: number, maxY: number];

/** Reads parts of the large image by the product and by the anchor. */
export interface View {
  /** Squares with about that many objects, in tissue, elsewhere each. */
  places(objects: number, n: number): Promise<readonly Box[]>;
  /** Compares the answers: the same objects, the same coordinates. */
  check(box: Box): Promise<void>;
  read(box: Box): Promise<Pair>;
  /** Counts by template and cell of the whole image. */
  overview(): Promise<Pair>;
}

export function createView({ server, browser, sql, images }: World, anchor: string, count: number): View {
  const headers = { cookie: browser.cookie };
  const base = `${server.url}/api/v2/images/${images.large}/annotations`;
  const timed = async (url: string, more: Record<string, string> = {}): Promise<{ bytes: ArrayBuffer; ms: number }> => {
    const startedAt = performance.now();
    const response = await fetch(url, { headers: more });
    const bytes = await response.arrayBuffer();
    if (response.status !== 200)
      throw new Error(`${url} answered ${response.status}: ${Buffer.from(bytes).toString()}`);
    return { bytes, ms: performance.now() - startedAt };
  };
  const ours = (box: Box) => timed(`${base}/frame?box=${box.join(',')}`, headers);
  const theirs = (box: Box) => timed(`${anchor}/json?box=${box.join(',')}`);
  const countIn = async (box: Box): Promise<number> => {
    const { rows } = await sql.query<{ n: number }>(
      `select count(*)::int as n from core.annotation where image_id = $1 and box && box(point($2, $3), point($4, $5))`,
      [images.large, ...box],
    );
    return rows[0]?.n ?? 0;
  };

  return {
    async places(objects, n) {
      const around = createPolygons(4711);
      const places: Box[] = [];
      while (places.length < n) {
        const [x = 0, y = 0] = around.next().polygons[0]?.[0] ?? [];
        const square = (half: number): Box => [x - half, y - half, x + half, y + half];
        let [low, high] = [0, SLIDE_PX / 2];
        for (let step = 0; step < 9; step++) {
          const middle = (low + high) / 2;
          if ((await countIn(square(middle))) < objects) low = middle;
          else high = middle;
        }
        const place = square(high).map(Math.round) as unknown as Box;
        const found = await countIn(place);
        if (found <= 1.3 * objects + 10) places.push(place);
      }
      return places;
    },
    async check(box) {
      const frame = decodeFrame((await ours(box)).bytes);
      const rows = JSON.parse(Buffer.from((await theirs(box)).bytes).toString()) as {
        uuid: string;
        geometry: object;
      }[];
      const byUuid = new Map(rows.map((row) => [row.uuid, JSON.stringify(row.geometry)]));
      for (let i = 0; i < frame.count; i++) {
        if (byUuid.get(frame.uuidAt(i)) !== JSON.stringify(frame.geometryAt(i)))
          throw new Error(`${frame.uuidAt(i)} is not the same in both answers.`);
      }
      if (frame.count !== rows.length)
        throw new Error(`The frame holds ${frame.count} objects, the anchor ${rows.length}.`);
    },
    async read(box) {
      return { ours: (await ours(box)).ms, anchor: (await theirs(box)).ms };
    },
    async overview() {
      const kept = await timed(`${base}/overview`, headers);
      const grouped = await timed(`${anchor}/group?side=${SLIDE_PX}`);
      const rows = JSON.parse(Buffer.from(grouped.bytes).toString()) as { count: number }[];
      const total = rows.reduce((sum, row) => sum + row.count, 0);
      if (total !== count || decodeOverview(kept.bytes).total !== count)
        throw new Error(`Of ${count}, the anchor counts ${total}, the overview ${decodeOverview(kept.bytes).total}.`);
      return { ours: kept.ms, anchor: grouped.ms };
    },
  };
}
