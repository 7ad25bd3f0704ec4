import type { PolygonGeometry } from '@exact/geometry';
import { createRandom } from '../random.ts';

export const SEED = 20_240_607;
/** Edge of the slide in level-0 pixels. */
export const SLIDE_PX = 100_000;
export const POINTS = 30;

const CLUSTERS = 400;
/** Cells of tissue lie in clumps: distance from the middle of a clump, in pixels. */
const SPREAD_PX = 3000;
/** Outlines like those of cells: 30 points in steps of about 10 whole pixels (as the original EXACT draws), in 400 clumps. */
export interface Polygons {
  next(): PolygonGeometry;
}

export function createPolygons(seed = SEED): Polygons {
  const random = createRandom(seed);
  // The clumps are the same for every seed: later objects lie among the first ones.
  const places = createRandom(SEED);
  const clusters = Array.from(
    { length: CLUSTERS },
    () => [4000 + places() * (SLIDE_PX - 8000), 4000 + places() * (SLIDE_PX - 8000)] as const,
  );
  const normal = (): number => Math.sqrt(-2 * Math.log(1 - random())) * Math.cos(2 * Math.PI * random());
  const inside = (value: number): number => Math.min(SLIDE_PX - 100, Math.max(100, value));
  return {
    next() {
      const [clusterX, clusterY] = clusters[Math.floor(random() * CLUSTERS)] as (typeof clusters)[number];
      const x = inside(clusterX + normal() * SPREAD_PX);
      const y = inside(clusterY + normal() * SPREAD_PX);
      const radius = 40 + random() * 15;
      const turn = random() * 2 * Math.PI;
      const ring: number[] = [];
      for (let i = 0; i < POINTS; i++) {
        const angle = (i / POINTS) * 2 * Math.PI;
        const r = radius * (1 + 0.1 * Math.sin(3 * angle + turn));
        ring.push(Math.round(x + r * Math.cos(angle)), Math.round(y + r * Math.sin(angle)));
      }
      return { kind: 'polygon', polygons: [[ring]] };
    },
  };
}

/** Lines of an import, in pieces of about a megabyte. */
export function* linesOf(polygons: Polygons, count: number, templateOf: (index: number) => number): Generator<string> {
  let piece = '';
  for (let i = 0; i < count; i++) {
    piece += `${JSON.stringify({ templateId: templateOf(i), geometry: polygons.next() })}\n`;
    if (piece.length < 1_000_000) continue;
    yield piece;
    piece = '';
  }
  if (piece !== '') yield piece;
}

/** As the original EXACT answers: coordinates as keys of an object, and its other fields. */
export function exactShaped(geometry: PolygonGeometry, id: number, uuid: string): Record<string, unknown> {
  const [ring = []] = geometry.polygons[0] ?? [];
  const vector: Record<string, number> = {};
  for (let i = 0; i < ring.length; i += 2) {
    vector[`x${i / 2 + 1}`] = ring[i] as number;
    vector[`y${i / 2 + 1}`] = ring[i + 1] as number;
  }
  return {
    annotation_type: 3,
    id,
    vector,
    verified_by_user: false,
    image: 1,
    concealed: false,
    blurred: false,
    last_editor: 1,
    last_edit_time: '2026-01-01T12:00:00.000000Z',
    user: 1,
    time: '2026-01-01T12:00:00.000000Z',
    deleted: false,
    description: '',
    unique_identifier: uuid,
    uploaded_media_files: [],
    meta_data: null,
    annotationversion_set: [],
  };
}
