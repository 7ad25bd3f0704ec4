import { makeMask, type TissueMask, unpackMask } from '@exact/screening';
import { ImageNotReadyError, NotFoundError } from '@exact/sdk/contract';
import type { Image } from '@exact/sdk/contract';
import type { PluginContext } from '@exact/sdk/server';
import { TissueNotReadyError, TissueRefusedError } from '../shared/errors.ts';
import type { Tissue, TissueMaskView, TissueParameters } from '../shared/model.ts';
import type { TissueResult } from './tissue-task.ts';
import { type Asking, isManager, type SeesOthers } from './sight.ts';

export const TISSUE_JOB = 'screening:tissue';

interface Row {
  readonly id: string;
  readonly image_id: number;
  readonly version: number;
  readonly parameters: TissueParameters;
  readonly created_by: number;
  readonly created_at: Date;
  readonly done_at: Date | null;
  readonly width: number | null;
  readonly height: number | null;
  readonly threshold: number | null;
  readonly background: 'light' | 'dark' | null;
  readonly share: number | null;
  readonly state: string | null;
  readonly problem: string | null;
}
interface MaskRow extends Row {
  readonly image_width: number;
  readonly image_height: number;
  readonly bits: Uint8Array;
  readonly outline: number[][];
}

/** Masks of tissue of images, with the jobs that make them. */
export interface Tissues {
  list(asking: Asking, imageId: number): Promise<Tissue[]>;
  /** Queues a job, or gives the mask with the same parameters that one sees already. */
  request(asking: Asking, imageId: number, parameters: TissueParameters): Promise<Tissue>;
  view(asking: Asking, imageId: number, tissueId: string): Promise<TissueMaskView>;
  /** A finished mask that the person may see. `share`: of the image. @throws NotFoundError, TissueNotReadyError */
  mask(asking: Asking, imageId: number, tissueId: string): Promise<{ mask: TissueMask; share: number }>;
  /** The mask of a plan, whoever has made it. */
  maskOfPlan(tissueId: string | null): Promise<{ mask: TissueMask; outline: number[][] } | undefined>;
  finish(tissueId: string, result: TissueResult): Promise<void>;
}

const COLUMNS = `t.id, t.image_id, t.version, t.parameters, t.created_by, t.created_at, t.done_at, t.width, t.height,
  t.threshold, t.background, t.share, j.state, j.problem_message as problem`;
const FROM = 'from tissue t left join core.job j on j.id = t.job_id';

/**
 * Which masks there are for somebody. Who works blind knows of their own, and of those of plans that are theirs or for all: what
 * others try out is their business.
 */
const VISIBLE = `($2 or t.created_by = $3
  or exists (select 1 from plan p where p.tissue_id = t.id and (p.audience = 'all' or p.created_by = $3)))`;

export function createTissues(
  ctx: Pick<PluginContext, 'db' | 'events' | 'images' | 'jobs'>,
  seesOthers: SeesOthers,
): Tissues {
  const { db } = ctx;

  /** @throws NotFoundError also for an image of another project */
  async function imageOf({ principal, projectId }: Asking, imageId: number): Promise<Image> {
    const image = await ctx.images.get(principal, imageId);
    if (image.projectId !== projectId) throw new NotFoundError({ what: 'image', id: imageId });
    return image;
  }
  async function visible(asking: Asking, imageId: number): Promise<Row[]> {
    const sees = isManager(asking) || (await seesOthers(asking));
    return db.query<Row>(
      `select ${COLUMNS} ${FROM} where t.image_id = $1 and ${VISIBLE} order by t.created_at desc, t.id`,
      [imageId, sees, asking.principal.userId],
    );
  }
  async function readMask(asking: Asking, imageId: number, tissueId: string): Promise<MaskRow> {
    await imageOf(asking, imageId);
    const sees = isManager(asking) || (await seesOthers(asking));
    const [row] = await db.query<MaskRow>(
      `select ${COLUMNS}, t.image_width, t.image_height, t.bits, t.outline ${FROM}
       where t.image_id = $1 and ${VISIBLE} and t.id = $4`,
      [imageId, sees, asking.principal.userId, tissueId],
    );
    if (!row) throw new NotFoundError({ what: 'tissue mask', id: tissueId });
    const { state } = toTissue(row);
    if (state !== 'done') throw new TissueNotReadyError({ tissueId, state });
    return row;
  }

  return {
    async list(asking, imageId) {
      await imageOf(asking, imageId);
      return (await visible(asking, imageId)).map(toTissue);
    },

    async request(asking, imageId, parameters) {
      const image = await imageOf(asking, imageId);
      if (parameters.closing % 2 === 0)
        throw new TissueRefusedError({
          field: 'closing',
          message: `${parameters.closing} is even; the side of the square must be odd`,
        });
      if (image.state !== 'ready') throw new ImageNotReadyError({ id: imageId, state: image.state });
      const known = (await visible(asking, imageId))
        .map(toTissue)
        .find((tissue) => isWorth(tissue) && sameMask(tissue.parameters, parameters));
      if (known) return known;
      const { userId } = asking.principal;
      const id = await db.transaction(async (sql) => {
        // one after the other, so that versions count up
        await sql.query('select pg_advisory_xact_lock($1, $2)', [imageId, userId]);
        const [row] = await sql.query<{ id: string }>(
          `insert into tissue (project_id, image_id, created_by, version, parameters)
           select $1, $2, $3, coalesce(max(version), 0) + 1, $4 from tissue where image_id = $2 and created_by = $3
           returning id`,
          [asking.projectId, imageId, userId, JSON.stringify(parameters)],
        );
        if (!row) throw new NotFoundError({ what: 'image', id: imageId });
        const job = await ctx.jobs.enqueue(
          {
            kind: TISSUE_JOB,
            title: 'Find tissue',
            projectId: asking.projectId,
            imageId,
            createdBy: userId,
            input: { tissueId: row.id },
          },
          sql,
        );
        await sql.query('update tissue set job_id = $2 where id = $1', [row.id, job.id]);
        return row.id;
      });
      const made = (await visible(asking, imageId)).find((row) => row.id === id);
      if (!made) throw new NotFoundError({ what: 'tissue mask', id });
      return toTissue(made);
    },

    async view(asking, imageId, tissueId) {
      const row = await readMask(asking, imageId, tissueId);
      return { ...toTissue(row), bits: Buffer.from(row.bits).toString('base64'), outline: row.outline };
    },

    async mask(asking, imageId, tissueId) {
      const row = await readMask(asking, imageId, tissueId);
      return { mask: toMask(row), share: row.share ?? 0 };
    },

    async maskOfPlan(tissueId) {
      if (tissueId === null) return undefined;
      const [row] = await db.query<MaskRow>(
        `select ${COLUMNS}, t.image_width, t.image_height, t.bits, t.outline ${FROM} where t.id = $1`,
        [tissueId],
      );
      return row && { mask: toMask(row), outline: row.outline };
    },

    async finish(tissueId, { width, height, image, threshold, background, share, bits, outline }) {
      await db.transaction(async (sql) => {
        const [row] = await sql.query<{ project_id: number; image_id: number; created_by: number }>(
          `update tissue set done_at = now(), width = $2, height = $3, image_width = $4, image_height = $5, threshold = $6,
             background = $7, share = $8, bits = $9, outline = $10
           where id = $1 returning project_id, image_id, created_by`,
          [
            ...[tissueId, width, height, image.width, image.height, threshold, background, share],
            ...[Buffer.from(bits), JSON.stringify(outline)],
          ],
        );
        if (row) {
          const data = { imageId: row.image_id, tissueId };
          await ctx.events.publish('tissue', row.project_id, data, sql, [row.created_by]);
        }
      });
    },
  };
}

const isWorth = ({ state }: Tissue): boolean => state === 'waiting' || state === 'done';

/** A threshold says something only where it is fixed. */
const sameMask = (a: TissueParameters, b: TissueParameters): boolean =>
  a.method === b.method &&
  (a.method === 'otsu' || a.threshold === b.threshold) &&
  a.closing === b.closing &&
  a.background === b.background &&
  a.minPart === b.minPart;

function toTissue(row: Row): Tissue {
  const isDone = row.done_at !== null;
  const state = isDone ? 'done' : row.state === 'failed' || row.state === 'cancelled' ? row.state : 'waiting';
  const { width, height, threshold, background, share } = row;
  const hasFound = width !== null && height !== null && threshold !== null && background !== null && share !== null;
  return {
    id: row.id,
    imageId: row.image_id,
    version: row.version,
    parameters: row.parameters,
    createdBy: row.created_by,
    createdAt: row.created_at.toISOString(),
    state,
    problem: state === 'failed' ? (row.problem ?? 'The mask could not be made.') : null,
    found: hasFound ? { width, height, threshold, background, share } : null,
  };
}

function toMask({ width, height, image_width, image_height, bits }: MaskRow): TissueMask {
  const [w, h] = [width ?? 0, height ?? 0];
  return makeMask(unpackMask(bits, w, h), w, h, { width: image_width, height: image_height });
}
