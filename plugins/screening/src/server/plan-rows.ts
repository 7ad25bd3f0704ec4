import { type FieldPlan, planFields, type SeenRule } from '@exact/screening';
import type { Sql } from '@exact/sdk/server';
import type { Plan, PlanDraft } from '../shared/model.ts';

export interface PlanRow {
  readonly id: string;
  readonly project_id: number;
  readonly image_id: number;
  readonly created_by: number;
  readonly created_at: Date;
  readonly name: string;
  readonly audience: 'own' | 'all';
  readonly min_x: number;
  readonly min_y: number;
  readonly max_x: number;
  readonly max_y: number;
  readonly field_width: number;
  readonly field_height: number;
  readonly overlap: number;
  readonly field_order: 'serpentine' | 'rows';
  readonly downsample: number;
  readonly dwell_ms: number;
  readonly field_choice: PlanDraft['field'];
  readonly mpp_x: number | null;
  readonly mpp_y: number | null;
  readonly tissue_id: string | null;
  readonly min_tissue_share: number;
  readonly fields: number;
  readonly skipped: number[];
  readonly supersedes: string | null;
  readonly superseded_by: string | null;
  readonly superseded_at: Date | null;
}

/** Plans with what has taken their place; `plan p` is what a condition speaks of. */
export const PLAN_ROWS = `select p.id, p.project_id, p.image_id, p.created_by, p.created_at, p.name, p.audience,
    p.min_x, p.min_y, p.max_x, p.max_y, p.field_width, p.field_height, p.overlap, p.field_order, p.downsample, p.dwell_ms,
    p.field_choice, p.mpp_x, p.mpp_y, p.tissue_id, p.min_tissue_share, p.fields, p.skipped, p.supersedes,
    n.id as superseded_by, n.created_at as superseded_at
  from plan p left join plan n on n.supersedes = p.id`;

export async function readPlan(sql: Sql, projectId: number, id: string): Promise<PlanRow | undefined> {
  const [row] = await sql.query<PlanRow>(`${PLAN_ROWS} where p.project_id = $1 and p.id = $2`, [projectId, id]);
  return row;
}

export const ruleOf = ({ dwell_ms, downsample }: PlanRow): SeenRule => ({ dwellMs: dwell_ms, downsample });

/** The fields of a stored plan. O(fields). */
export const fieldsOf = (row: PlanRow): FieldPlan =>
  planFields({
    region: { minX: row.min_x, minY: row.min_y, maxX: row.max_x, maxY: row.max_y },
    fieldWidth: row.field_width,
    fieldHeight: row.field_height,
    overlap: row.overlap,
    order: row.field_order,
  });

export const toPlan = (row: PlanRow, progress: Plan['progress']): Plan => ({
  id: row.id,
  imageId: row.image_id,
  name: row.name,
  audience: row.audience,
  createdBy: row.created_by,
  createdAt: row.created_at.toISOString(),
  supersededBy: row.superseded_by,
  supersedes: row.supersedes,
  fields: row.fields,
  toSee: row.fields - row.skipped.length,
  progress,
  region: { minX: row.min_x, minY: row.min_y, maxX: row.max_x, maxY: row.max_y },
  fieldWidth: row.field_width,
  fieldHeight: row.field_height,
  overlap: row.overlap,
  order: row.field_order,
  downsample: row.downsample,
  dwellMs: row.dwell_ms,
  field: row.field_choice,
  mppX: row.mpp_x,
  mppY: row.mpp_y,
  tissueId: row.tissue_id,
  minTissueShare: row.min_tissue_share,
  skipped: row.skipped,
});
