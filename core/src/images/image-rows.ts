import { type Axes, hasRole, type Image, PROJECT_PERMISSIONS, type ProjectRole } from '@exact/sdk/contract';
import type { Principal, SlideLevel } from '@exact/sdk/server';

/** An image with what lists show, as the driver gives it. */
export interface ImageRow {
  readonly id: number;
  readonly image_set_id: number;
  readonly project_id: number;
  readonly public_name: string;
  readonly private_name: string;
  readonly state: Image['state'];
  readonly problem_code: string | null;
  readonly problem_message: string | null;
  readonly original_key: string;
  readonly pixel_key: string | null;
  readonly width: number;
  readonly height: number;
  readonly levels: readonly SlideLevel[];
  readonly mpp_x: number | null;
  readonly mpp_y: number | null;
  readonly axes: Axes | null;
  readonly objective: number | null;
  readonly planes: { readonly z: number; readonly t: number; readonly c: number };
  readonly vendor: string;
  readonly size_bytes: string;
  readonly sha256: Buffer;
  readonly content_version: string;
  readonly tags: string[];
  readonly position: number;
  readonly created_at: Date;
  readonly progress: number | null;
}

/** Reads {@link ImageRow}s: complete it by `where` on `i` (image) and `s` (its set). */
export const SELECT_IMAGES = `
  select i.*, s.project_id,
         case when i.state = 'converting'
           then (select j.progress from core.job j where j.image_id = i.id order by j.created_at desc limit 1) end as progress
    from core.image i join core.image_set s on s.id = i.image_set_id`;

/** Who looks: decides whether the private name is shown. */
export interface Viewer {
  readonly principal: Principal;
  readonly role: ProjectRole | undefined;
}

export function mayReadPrivateName({ principal, role }: Viewer): boolean {
  return principal.isAdmin || (role !== undefined && hasRole(role, PROJECT_PERMISSIONS['images:readPrivateName']));
}

export function toImage(
  row: ImageRow,
  options: { readonly withPrivateName: boolean; readonly annotationCount: number },
): Image {
  return {
    id: row.id,
    imageSetId: row.image_set_id,
    projectId: row.project_id,
    publicName: row.public_name,
    ...(options.withPrivateName ? { privateName: row.private_name } : {}),
    state: row.state,
    ...(row.problem_code === null ? {} : { problem: { code: row.problem_code, message: row.problem_message ?? '' } }),
    ...(row.progress === null ? {} : { progress: row.progress }),
    width: row.width,
    height: row.height,
    levels: [...row.levels],
    ...(row.mpp_x === null ? {} : { mppX: row.mpp_x }),
    ...(row.mpp_y === null ? {} : { mppY: row.mpp_y }),
    ...(row.axes === null ? {} : { axes: row.axes }),
    ...(row.objective === null ? {} : { objective: row.objective }),
    planes: row.planes,
    vendor: row.vendor,
    sizeBytes: Number(row.size_bytes),
    sha256: row.sha256.toString('hex'),
    tags: row.tags,
    position: row.position,
    annotationCount: options.annotationCount,
    contentVersion: row.content_version,
    createdAt: row.created_at.toISOString(),
  };
}
