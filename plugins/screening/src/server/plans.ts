import { isDeepStrictEqual } from 'node:util';
import { planFields, ScreeningError, tissueShare, fieldSizeOf } from '@exact/screening';
import { ImageNotReadyError, InvalidRequestError, NotFoundError } from '@exact/sdk/contract';
import type { Image } from '@exact/sdk/contract';
import type { PluginContext, Sql } from '@exact/sdk/server';
import { MAX_PLANS } from '../shared/contract.ts';
import * as errors from '../shared/errors.ts';
import type { Plan, PlanDraft, PlanSummary, Region } from '../shared/model.ts';
import { PLAN_ROWS, type PlanRow, readPlan, toPlan } from './plan-rows.ts';
import { readProgress } from './progress.ts';
import { type Asking, isManager, type SeesOthers } from './sight.ts';
import type { Tissues } from './tissues.ts';

type Context = Pick<PluginContext, 'db' | 'events' | 'images'>;

export interface PlanQuery {
  readonly imageId?: number | undefined;
  readonly imageSetId?: number | undefined;
  readonly superseded?: 'no' | 'all' | undefined;
  readonly limit?: number | undefined;
}

export interface Plans {
  list(asking: Asking, query: PlanQuery): Promise<PlanSummary[]>;
  create(asking: Asking, imageId: number, draft: PlanDraft): Promise<Plan>;
  get(asking: Asking, planId: string): Promise<Plan>;
  /** A plan that one may see, with its image. @throws NotFoundError */
  find(asking: Asking, planId: string): Promise<{ readonly row: PlanRow; readonly image: Image }>;
  /** A plan that one may screen by. @throws NotFoundError, NotYourPlanError */
  findOwn(asking: Asking, planId: string): Promise<PlanRow>;
}

export function createPlans(ctx: Context, tissues: Tissues, seesOthers: SeesOthers): Plans {
  const isVisible = (asking: Asking, row: PlanRow): boolean =>
    row.audience === 'all' || row.created_by === asking.principal.userId || isManager(asking);

  async function find(asking: Asking, planId: string): Promise<{ row: PlanRow; image: Image }> {
    const row = await readPlan(ctx.db, asking.projectId, planId);
    const image = row && isVisible(asking, row) ? await findImage(asking, row.image_id) : undefined;
    if (!row || !image) throw new NotFoundError({ what: 'plan', id: planId });
    return { row, image };
  }

  /** Nothing where the image is gone, elsewhere, or not shown to the person. */
  async function findImage({ principal, projectId }: Asking, imageId: number): Promise<Image | undefined> {
    try {
      const image = await ctx.images.get(principal, imageId);
      return image.projectId === projectId ? image : undefined;
    } catch (error) {
      if ((error as { status?: unknown }).status === 404) return undefined;
      throw error;
    }
  }

  async function withProgress(asking: Asking, rows: readonly PlanRow[]): Promise<Plan[]> {
    const { userId } = asking.principal;
    const progress = await readProgress(ctx.db, rows, (await seesOthers(asking)) ? undefined : userId, userId);
    return rows.map((row) => toPlan(row, progress.get(row.id) ?? []));
  }

  async function only(asking: Asking, row: PlanRow): Promise<Plan> {
    const [plan] = await withProgress(asking, [row]);
    if (!plan) throw new NotFoundError({ what: 'plan', id: row.id });
    return plan;
  }

  /** Who may put another plan in the place of this one, and that nobody has yet. */
  async function demandReplaceable(asking: Asking, imageId: number, planId: string): Promise<PlanRow> {
    const { row } = await find(asking, planId);
    if (row.image_id !== imageId) throw new NotFoundError({ what: 'plan', id: planId });
    if (row.audience === 'all' && !isManager(asking)) throw new errors.SharedPlanError({});
    if (row.audience === 'own' && row.created_by !== asking.principal.userId) throw new errors.NotYourPlanError({});
    if (row.superseded_by) throw new errors.PlanSupersededError({ planId, by: row.superseded_by });
    return row;
  }

  async function demandRoom(sql: Sql, asking: Asking, imageId: number): Promise<void> {
    const [row] = await sql.query<{ n: number }>(
      `select count(*)::int as n from plan p where image_id = $1 and created_by = $2
         and not exists (select 1 from plan n where n.supersedes = p.id)`,
      [imageId, asking.principal.userId],
    );
    if ((row?.n ?? 0) >= MAX_PLANS) throw new errors.TooManyPlansError({ limit: MAX_PLANS });
  }

  async function repeated(asking: Asking, imageId: number, draft: PlanDraft): Promise<Plan | undefined> {
    const [known] = await ctx.db.query<{ id: string; project_id: number; image_id: number; draft: PlanDraft }>(
      'select id, project_id, image_id, draft from plan where created_by = $1 and request_id = $2',
      [asking.principal.userId, draft.requestId],
    );
    if (!known) return undefined;
    const isSame =
      known.project_id === asking.projectId &&
      known.image_id === imageId &&
      isDeepStrictEqual(known.draft, plain(draft));
    if (!isSame) throw new errors.IdInUseError({ what: 'request', id: draft.requestId });
    return only(asking, (await find(asking, known.id)).row);
  }

  return {
    find,
    async findOwn(asking, planId) {
      const { row } = await find(asking, planId);
      if (row.audience === 'own' && row.created_by !== asking.principal.userId) throw new errors.NotYourPlanError({});
      return row;
    },
    get: async (asking, planId) => only(asking, (await find(asking, planId)).row),

    async list(asking, { imageId, imageSetId, superseded = 'no', limit = 200 }) {
      const rows = await ctx.db.query<PlanRow>(
        `${PLAN_ROWS} join core.image i on i.id = p.image_id
         where p.project_id = $1 and ($2 or p.audience = 'all' or p.created_by = $3)
           and ($4::int is null or p.image_id = $4) and ($5::int is null or i.image_set_id = $5)
           and ($6 or n.id is null)
         order by p.created_at desc, p.id limit $7`,
        [
          asking.projectId,
          isManager(asking),
          asking.principal.userId,
          imageId ?? null,
          imageSetId ?? null,
          superseded === 'all',
          limit,
        ],
      );
      const seen = new Set<number>();
      for (const id of new Set(rows.map((row) => row.image_id))) if (await findImage(asking, id)) seen.add(id);
      const plans = await withProgress(
        asking,
        rows.filter((row) => seen.has(row.image_id)),
      );
      return plans.map(toSummary);
    },

    async create(asking, imageId, draft) {
      const known = await repeated(asking, imageId, draft);
      if (known) return known;
      const image = await findImage(asking, imageId);
      if (!image) throw new NotFoundError({ what: 'image', id: imageId });
      if (draft.audience === 'all' && !isManager(asking)) throw new errors.SharedPlanError({});
      if (image.state !== 'ready') throw new ImageNotReadyError({ id: imageId, state: image.state });
      const old = draft.supersedes ? await demandReplaceable(asking, imageId, draft.supersedes) : undefined;
      if (old && old.audience !== draft.audience)
        throw invalid('audience', `must be "${old.audience}", as that of the plan whose place it takes`);
      const region = regionOn(image, draft.region);
      const made = makeFields(image, region, draft);
      const skipped = await skip(asking, image, made.plan, draft);
      const id = await ctx.db.transaction(async (sql) => {
        if (!old) await demandRoom(sql, asking, imageId);
        const [row] = await sql.query<{ id: string }>(
          `insert into plan (request_id, project_id, image_id, created_by, name, audience, min_x, min_y, max_x, max_y,
             field_width, field_height, overlap, field_order, downsample, dwell_ms, field_choice, draft, mpp_x, mpp_y,
             tissue_id, min_tissue_share, fields, skipped, supersedes)
           values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18, $19, $20, $21, $22, $23, $24, $25)
           on conflict do nothing returning id`,
          [
            ...[draft.requestId, asking.projectId, imageId, asking.principal.userId, draft.name, draft.audience],
            ...[
              region.minX,
              region.minY,
              region.maxX,
              region.maxY,
              made.width,
              made.height,
              draft.overlap,
              draft.order,
            ],
            ...[made.downsample, draft.dwellMs, JSON.stringify(draft.field), JSON.stringify(draft)],
            ...[image.mppX ?? null, image.mppY ?? null, draft.tissueId ?? null, draft.minTissueShare],
            ...[made.plan.fields.length, skipped, draft.supersedes ?? null],
          ],
        );
        if (row) {
          const to = draft.audience === 'all' ? 'all' : [asking.principal.userId];
          await ctx.events.publish('plan', asking.projectId, { planId: row.id }, sql, to);
        }
        return row?.id;
      });
      // somebody was quicker: oneself with the same request, or with another plan in the place of the same one
      if (id === undefined) {
        const twin = await repeated(asking, imageId, draft);
        if (twin) return twin;
        if (draft.supersedes) await demandReplaceable(asking, imageId, draft.supersedes);
        throw new NotFoundError({ what: 'plan' });
      }
      return only(asking, (await find(asking, id)).row);
    },
  };

  /** Fields without enough tissue. */
  async function skip(
    asking: Asking,
    image: Image,
    { fields }: ReturnType<typeof planFields>,
    { tissueId, minTissueShare }: PlanDraft,
  ): Promise<number[]> {
    if (tissueId === undefined) return [];
    const { mask, share } = await tissues.mask(asking, image.id, tissueId);
    const skipped = fields
      .filter((field) => {
        const found = tissueShare(mask, field);
        return found === 0 || found < minTissueShare;
      })
      .map(({ index }) => index);
    if (skipped.length === fields.length) throw new errors.NoTissueError({ share, minTissueShare });
    return skipped;
  }
}

const invalid = (path: string, message: string): Error => new InvalidRequestError({ fields: [{ path, message }] });

/** A draft as JSON keeps it, to compare with a stored one. */
const plain = (draft: PlanDraft): unknown => JSON.parse(JSON.stringify(draft)) as unknown;

function toSummary({
  id,
  imageId,
  name,
  audience,
  createdBy,
  createdAt,
  supersededBy,
  supersedes,
  fields,
  toSee,
  progress,
}: Plan): PlanSummary {
  return {
    ...{ id, imageId, name, audience, createdBy, createdAt, supersededBy, supersedes },
    ...{ fields, toSee, progress },
  };
}

/** The part of a region that lies on the image. @throws RegionOutsideError */
function regionOn({ width, height }: Image, region: Region | undefined): Region {
  if (!region) return { minX: 0, minY: 0, maxX: width, maxY: height };
  if (region.maxX <= region.minX || region.maxY <= region.minY)
    throw invalid('region', 'must have maxX above minX and maxY above minY');
  const { minX, minY, maxX, maxY } = region;
  if (minX >= width || minY >= height)
    throw new errors.RegionOutsideError({ region: `${minX},${minY}–${maxX},${maxY}`, width, height });
  return { minX, minY, maxX: Math.min(maxX, width), maxY: Math.min(maxY, height) };
}

function makeFields(
  image: Image,
  region: Region,
  draft: PlanDraft,
): { width: number; height: number; downsample: number; plan: ReturnType<typeof planFields> } {
  try {
    const { width, height, downsample } = fieldSizeOf(draft.field, draft.view, image);
    const { overlap, order } = draft;
    return {
      ...{ width, height, downsample },
      plan: planFields({ region, fieldWidth: width, fieldHeight: height, overlap, order }),
    };
  } catch (error) {
    if (!(error instanceof ScreeningError)) throw error;
    if (error.code === 'SCALE_UNKNOWN') throw new errors.ScaleUnknownError({ imageId: image.id, by: draft.field.by });
    if (error.code === 'TOO_MANY_FIELDS') throw new errors.TooManyFieldsError({ reason: error.message });
    throw invalid('field', error.message);
  }
}
