import type { Media, MediaKind, MediaType } from '@exact/sdk/contract';
import type { MediaLinks } from './links.ts';

export const COLUMNS = `m.uuid, m.kind, m.media_type, m.name, m.caption, m.storage_key, m.preview_key, m.size_bytes, m.sha256,
  m.width, m.height, m.missing, m.uploader_id, m.created_at`;

/** One row of {@link COLUMNS}; `size_bytes` is a bigint as text. */
export interface MediaRow {
  readonly uuid: string;
  readonly kind: MediaKind;
  readonly media_type: MediaType;
  readonly name: string;
  readonly caption: string;
  readonly storage_key: string;
  readonly preview_key: string | null;
  readonly size_bytes: string;
  readonly sha256: Buffer;
  readonly width: number | null;
  readonly height: number | null;
  readonly missing: boolean;
  readonly uploader_id: number;
  readonly created_at: Date;
}

export function toMedia(row: MediaRow, annotationUuid: string, links: MediaLinks): Media {
  const { url, previewUrl, expiresAt } = links.make(annotationUuid, row.uuid);
  return {
    uuid: row.uuid,
    annotationUuid,
    kind: row.kind,
    mediaType: row.media_type,
    name: row.name,
    caption: row.caption,
    sizeBytes: Number(row.size_bytes),
    sha256: row.sha256.toString('hex'),
    ...(row.width === null || row.height === null ? {} : { width: row.width, height: row.height }),
    uploaderId: row.uploader_id,
    createdAt: row.created_at.toISOString(),
    missing: row.missing,
    url,
    ...(row.preview_key === null ? {} : { previewUrl }),
    urlExpiresAt: new Date(expiresAt).toISOString(),
  };
}
