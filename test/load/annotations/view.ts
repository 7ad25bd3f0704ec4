import { decodeFrame, decodeOverview } from '@exact/geometry';

import { type Client, createClient } from './client.ts';
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
  /**
   * The same part read by somebody who works blind and has drawn all that is there (`ours`), and by a manager of the project
   * (`anchor`). Neither goes first: the second would find in the processor's caches what the first has fetched.
   */
  readBlind(box: Box | 'overview', isBlindFirst: boolean): Promise<Pair>;
  /** Compares what the two get: the same objects. */
  checkBlind(box: Box): Promise<void>;
  close(): Promise<void>;
}

export function createView({ server, browser, reader, sql, images }: World, anchor: string, count: number): View {
  const base = `${server.url}/api/v2/images/${images.large}/annotations`;
  // One connection for both people: two are not equally quick.
  const own = createClient();
  const other = createClient();
  const [manager, blinded] = [browser, reader].map(({ cookie }) => ({
    time: (url: string) => own.time(url, { cookie }),
    read: (url: string) => own.read(url, { cookie }),
  })) as [Pick<Client, 'time' | 'read'>, Pick<Client, 'time' | 'read'>];
  const addressOf = (box: Box | 'overview'): string =>
    box === 'overview' ? `${base}/overview` : `${base}/frame?box=${box.join(',')}`;
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
      const frame = decodeFrame(await manager.read(addressOf(box)));
      const rows = JSON.parse(Buffer.from(await other.read(`${anchor}/json?box=${box.join(',')}`)).toString()) as {
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
      return {
        ours: await manager.time(addressOf(box)),
        anchor: await other.time(`${anchor}/json?box=${box.join(',')}`),
      };
    },
    async overview() {
      const address = addressOf('overview');
      const grouped = `${anchor}/group?side=${SLIDE_PX}`;
      const pair = { ours: await manager.time(address), anchor: await other.time(grouped) };
      const rows = JSON.parse(Buffer.from(await other.read(grouped)).toString()) as { count: number }[];
      const total = rows.reduce((sum, row) => sum + row.count, 0);
      const kept = decodeOverview(await manager.read(address)).total;
      if (total !== count || kept !== count)
        throw new Error(`Of ${count}, the anchor counts ${total}, the overview ${kept}.`);
      return pair;
    },
    async readBlind(box, isBlindFirst) {
      const address = addressOf(box);
      await manager.time(address); // both find it as warm
      const first = await (isBlindFirst ? blinded : manager).time(address);
      const second = await (isBlindFirst ? manager : blinded).time(address);
      return isBlindFirst ? { ours: first, anchor: second } : { ours: second, anchor: first };
    },
    async checkBlind(box) {
      const [mine, all] = [await blinded.read(addressOf(box)), await manager.read(addressOf(box))].map((bytes) =>
        decodeFrame(bytes),
      );
      if (!mine || !all || mine.count === 0 || Buffer.compare(mine.uuids, all.uuids) !== 0)
        throw new Error(`Who works blind gets ${mine?.count} objects, the manager ${all?.count}.`);
    },
    async close() {
      await Promise.all([own.close(), other.close()]);
    },
  };
}
