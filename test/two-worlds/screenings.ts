import type { Random } from './random.ts';
import type { Story } from './stories.ts';
import type { World } from './worlds.ts';

const PLANNED_AT = '2026-01-02T00:00:00.000Z';
/** Fields of the plan of a story: 3 × 2 of 40 px on 96 × 64. */
const FIELDS = 6;

/**
 * A plan that a manager has made for all readers of a story's first image, shared out among them. Written as rows: ids and times have to
 * be the same in both worlds.
 */
export async function beginScreening({ kernel }: World, story: Story): Promise<void> {
  const { sql } = kernel.platform.database;
  const { projectId, imageIds, people, screeningId } = story;
  await sql.query(
    `insert into plugin_screening.plan (id, request_id, project_id, image_id, created_by, created_at, name, audience, min_x, min_y,
       max_x, max_y, field_width, field_height, overlap, field_order, downsample, dwell_ms, field_choice, draft, min_tissue_share,
       fields, skipped)
     values ($1, $1, $2, $3, $4, $5, 'For all', 'all', 0, 0, 96, 64, 40, 40, 0.15, 'serpentine', 1, 500, $6, '{}', 0, $7, '{}')`,
    [
      ...[screeningId, projectId, imageIds[0], people.manager.userId, PLANNED_AT],
      ...[JSON.stringify({ by: 'px', width: 40, height: 40 }), FIELDS],
    ],
  );
  const shares = [people.reader, people.annotator].map(({ userId }, n) => ({ userId, fields: [n, n + 2] }));
  await sql.query('insert into plugin_screening.sharing (plan_id, shares, set_by, set_at) values ($1, $2, $3, $4)', [
    ...[screeningId, JSON.stringify(shares), people.manager.userId, PLANNED_AT],
  ]);
}

/** A time between the plan and the scripts: later ones would lie in a step in one world and beside it in the other. */
const someTime = (random: Random): number => Date.parse(PLANNED_AT) + 1000 * random.below(100_000);

export const planDraft = (random: Random, requestId: string, supersedes: string): unknown => ({
  requestId,
  field: random.of([
    { by: 'px', width: 40, height: 40 },
    { by: 'magnification', magnification: 20 },
  ]),
  view: { width: 400, height: 300 },
  audience: random.chance(0.9) ? 'own' : 'all',
  ...(random.chance(0.2) ? { supersedes } : {}),
});

export const visitBatch = (random: Random, newId: () => string): unknown => ({
  sentAt: Date.now(),
  deviceId: newId(),
  visits: Array.from({ length: 1 + random.below(3) }, () => {
    const enteredAt = someTime(random);
    const dwellMs = random.of([100, 500, 900]);
    const share = random.of([0.6, 1]);
    return {
      ...{ id: newId(), field: random.below(FIELDS + 1), enteredAt, leftAt: enteredAt + 900, dwellMs, share },
      ...{ downsample: 1, marks: random.chance(0.9) },
    };
  }),
});

export const positionDraft = (random: Random, deviceId: string): unknown => ({
  ...{ sentAt: Date.now(), deviceId, at: someTime(random), field: random.below(FIELDS + 1) },
  ...{ x: random.below(96), y: random.below(64), downsample: 1 },
});
