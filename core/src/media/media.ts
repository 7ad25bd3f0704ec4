import { rm } from 'node:fs/promises';
import {
  ConflictError,
  InvalidRequestError,
  LayerReadOnlyError,
  MAX_MEDIA,
  type Media,
  MEDIA_TYPES,
  MediaTooLargeError,
  NotFoundError,
} from '@exact/sdk/contract';
import type { HookContext } from '@exact/sdk/hooks';
import type { Sql } from '@exact/sdk/server';
import { visibleWhere } from '../annotations/visibility.ts';
import { orConflict } from '../db/conflicts.ts';
import type { Processes } from '../jobs/processes.ts';
import type { SeeingServices } from '../auth/seeing.ts';
import type { Changes } from '../settings/changes.ts';
import type { FolderStorage } from '../storage/folder-driver.ts';
import { type Checked, type Claim, checkMedia } from './check-media.ts';
import { cleanMediaName, withEnding } from './file-name.ts';
import { freeName } from './free-name.ts';
import type { MediaLinks } from './links.ts';
import { createKeeper, type Kept } from './keep.ts';
import { hashFile, receive } from './receive.ts';
import { COLUMNS, type MediaRow, toMedia } from './rows.ts';

/** Who asks, and in which project: the one of the annotation. Rights are checked before. */
type Asked = HookContext & Required<Pick<HookContext, 'principal' | 'projectId'>>;

export interface MediaUpload extends Claim {
  readonly uuid: string;
  /** As announced, so that what is too large is told before it comes. */
  readonly sizeBytes?: number | undefined;
  readonly source: AsyncIterable<Uint8Array>;
}

/**
 * Files of annotations. An annotation that the asking person may not see has none for them: NOT_FOUND, as everywhere.
 */
export interface MediaService {
  list(asked: Asked, annotationUuid: string): Promise<Media[]>;
  /**
   * Takes a file. The same UUID with the same bytes on the same annotation is the same upload sent again: it gives what is there.
   * UUIDs are unique for each person and on each annotation.
   *
   * @throws MediaRefusedError, MediaTooLargeError, DiskFullError; ConflictError for a UUID in use, a deleted annotation, too many files
   */
  add(asked: Asked, annotationUuid: string, upload: MediaUpload): Promise<Media>;
  update(
    asked: Asked,
    annotationUuid: string,
    uuid: string,
    patch: { readonly name?: string | undefined; readonly caption?: string | undefined },
  ): Promise<Media>;
  /** @throws ConflictError unless exactly the files that are there are named */
  order(asked: Asked, annotationUuid: string, uuids: readonly string[]): Promise<Media[]>;
  remove(asked: Asked, annotationUuid: string, uuid: string): Promise<void>;
  /** The file on disk. @throws NotFoundError also when the storage has lost it */
  file(asked: Asked, annotationUuid: string, uuid: string): Promise<Media & { readonly path: string }>;
}

export interface MediaParts {
  readonly storage: FolderStorage;
  readonly processes: Processes;
  readonly changes: Changes;
  readonly links: MediaLinks;
}

interface Owner {
  readonly id: string;
  readonly image_id: number;
  readonly deleted: boolean;
  readonly layer_id: number | null;
}

export function createMedia(
  { config, database, hooks, log, seeing }: SeeingServices,
  { storage, processes, changes, links }: MediaParts,
): MediaService {
  const limitBytes = config.mediaMaxBytes;
  const keeper = createKeeper({ hooks, log }, storage);

  /** The one door: what may not be seen is not there. */
  async function ownerOf(asked: Asked, annotationUuid: string, sql: Sql = database.sql, lock = ''): Promise<Owner> {
    const { text, values } = await visibleWhere(
      { uuids: [annotationUuid], deleted: 'all' },
      { hooks, seeing, context: asked },
    );
    const [owner] = await sql.query<Owner>(
      `select a.id, a.image_id, a.deleted_at is not null as deleted, a.layer_id from core.annotation a where ${text} ${lock}`,
      values,
    );
    if (!owner) throw new NotFoundError({ what: 'annotation', id: annotationUuid });
    return owner;
  }

  /** Who works blind shares the annotations of layers with others, files included. */
  async function demandNoLayer({ principal, projectId }: Asked, owner: Owner, uuid: string): Promise<void> {
    if (owner.layer_id === null || !(await seeing.blinding.of(principal, projectId)).isBlinded) return;
    throw new LayerReadOnlyError({ uuids: [uuid] });
  }

  async function rowsOf(sql: Sql, ownerId: string): Promise<MediaRow[]> {
    return sql.query<MediaRow>(
      `select ${COLUMNS} from core.media m where m.annotation_id = $1 order by m.position, m.id`,
      [ownerId],
    );
  }

  async function find(sql: Sql, ownerId: string, uuid: string): Promise<MediaRow> {
    const [row] = await sql.query<MediaRow>(
      `select ${COLUMNS} from core.media m where m.annotation_id = $1 and m.uuid = $2`,
      [ownerId, uuid],
    );
    if (!row) throw new NotFoundError({ what: 'media file', id: uuid });
    return row;
  }

  /** Runs a change of an annotation's files with its event; changes of the same annotation wait for each other. */
  function change<T>(
    asked: Asked,
    annotationUuid: string,
    work: (sql: Sql, owner: Owner, audit: (action: 'media.deleted', uuid: string) => Promise<void>) => Promise<T>,
  ): Promise<T> {
    return changes.run(asked, async ({ sql, event, audit }) => {
      const owner = await ownerOf(asked, annotationUuid, sql, 'for no key update of a');
      await demandNoLayer(asked, owner, annotationUuid);
      if (owner.deleted)
        throw new ConflictError({ what: `Annotation ${annotationUuid}`, reason: 'is deleted. Restore it first.' });
      const { projectId } = asked;
      const result = await work(sql, owner, (action, uuid) => audit({ action, projectId, target: `media:${uuid}` }));
      await event({
        topic: 'media.changed',
        projectId,
        imageId: owner.image_id,
        annotationUuid,
        userId: asked.principal.userId,
      });
      return result;
    });
  }

  /** The same upload, sent again because its answer was lost. What others call their files elsewhere does not matter. */
  async function findRepeated(
    owner: Owner,
    { uuid, uploaderId }: { uuid: string; uploaderId: number },
    sha256: Buffer | undefined,
  ): Promise<MediaRow | undefined> {
    const [row] = await database.sql.query<MediaRow & { annotation_id: string }>(
      `select ${COLUMNS}, m.annotation_id from core.media m
       where m.uuid = $1 and (m.annotation_id = $2::bigint or m.uploader_id = $3::int) order by (m.annotation_id = $2::bigint) desc limit 1`,
      [uuid, owner.id, uploaderId],
    );
    if (!row) return undefined;
    if (row.annotation_id === owner.id && (sha256 === undefined || row.sha256.equals(sha256))) return row;
    throw new ConflictError({
      what: `The UUID ${uuid}`,
      reason: 'is in use for another file. Make a new one and send the file again.',
    });
  }

  async function demandRoom(sql: Sql, ownerId: string): Promise<readonly MediaRow[]> {
    const rows = await rowsOf(sql, ownerId);
    if (rows.length >= MAX_MEDIA)
      throw new ConflictError({
        what: 'This annotation',
        reason: `has ${rows.length} files already, which is all that it can hold. Remove some, or make an image set of them.`,
      });
    return rows;
  }

  return {
    async list(asked, annotationUuid) {
      const owner = await ownerOf(asked, annotationUuid);
      return (await rowsOf(database.sql, owner.id)).map((row) => toMedia(row, annotationUuid, links));
    },
    async file(asked, annotationUuid, uuid) {
      const owner = await ownerOf(asked, annotationUuid);
      const row = await find(database.sql, owner.id, uuid);
      if (row.missing) throw new NotFoundError({ what: 'media file', id: uuid });
      return { ...toMedia(row, annotationUuid, links), path: storage.path(row.storage_key) };
    },
    async add(asked, annotationUuid, { uuid, name, mediaType: claimed, sizeBytes: announced = 0, source }) {
      const owner = await ownerOf(asked, annotationUuid);
      await demandNoLayer(asked, owner, annotationUuid);
      if (owner.deleted)
        throw new ConflictError({ what: `Annotation ${annotationUuid}`, reason: 'is deleted. Restore it first.' });
      if (announced > limitBytes) throw new MediaTooLargeError({ limitBytes });
      // A foreign UUID, and one file too many, are refused before the bytes come.
      const file = { uuid, uploaderId: asked.principal.userId };
      if (!(await findRepeated(owner, file, undefined))) await demandRoom(database.sql, owner.id);
      const cleanName = cleanMediaName(name);
      const path = await storage.scratch('.media');
      let kept: Kept | undefined;
      let row: MediaRow;
      try {
        const received = await receive(source, path, limitBytes);
        const claim = { name: cleanName, mediaType: claimed };
        const checked = await checkMedia(processes, path, received, claim, asked.signal);
        const sha256 = await hashFile(path);
        const repeated = await findRepeated(owner, file, sha256);
        if (repeated) return toMedia(repeated, annotationUuid, links);
        const stored = (kept = await keeper.keep(path, checked, asked));
        row = await change(asked, annotationUuid, async (sql, { id }) => {
          const others = await demandRoom(sql, id);
          const taken = others.map((other) => other.name);
          const free = freeName(withEnding(cleanName, checked.mediaType), taken);
          return insert(sql, id, {
            ...file,
            name: free,
            sha256,
            ...checked,
            ...stored,
          });
        });
      } catch (error) {
        if (kept) await keeper.discard([kept.file.key, ...(kept.preview ? [kept.preview.key] : [])]);
        throw error;
      } finally {
        await rm(path, { force: true });
      }
      await keeper.tellKept(kept, asked);
      return toMedia(row, annotationUuid, links);
    },
    async update(asked, annotationUuid, uuid, { name, caption }) {
      if (name === undefined && caption === undefined)
        throw new InvalidRequestError({ fields: [{ path: 'body', message: 'names nothing to change' }] });
      const row = await change(asked, annotationUuid, async (sql, owner) => {
        const before = await find(sql, owner.id, uuid);
        const next = name === undefined ? before.name : withEnding(cleanMediaName(name), before.media_type);
        const [stored] = await orConflict(
          {
            media_name: {
              what: `The name "${next}"`,
              reason: 'is taken by another file of this annotation. Take another one.',
            },
          },
          () =>
            sql.query<MediaRow>(
              `update core.media m set name = $2, caption = coalesce($3, caption) where m.annotation_id = $4 and m.uuid = $1 returning ${COLUMNS}`,
              [uuid, next, caption ?? null, owner.id],
            ),
        );
        return stored as MediaRow;
      });
      return toMedia(row, annotationUuid, links);
    },
    async order(asked, annotationUuid, uuids) {
      const rows = await change(asked, annotationUuid, async (sql, owner) => {
        const before = await rowsOf(sql, owner.id);
        const isSame =
          new Set(uuids).size === before.length &&
          uuids.length === before.length &&
          before.every((row) => uuids.includes(row.uuid));
        if (!isSame)
          throw new ConflictError({
            what: 'The order',
            reason: 'does not name exactly the files that are there now. Read them again.',
          });
        await sql.query(
          `update core.media m set position = o.n from unnest($1::uuid[]) with ordinality as o(uuid, n)
           where m.annotation_id = $2 and m.uuid = o.uuid`,
          [uuids, owner.id],
        );
        return rowsOf(sql, owner.id);
      });
      return rows.map((row) => toMedia(row, annotationUuid, links));
    },
    async remove(asked, annotationUuid, uuid) {
      const objects = await change(asked, annotationUuid, async (sql, owner, audit) => {
        const { storage_key: key, preview_key: previewKey, size_bytes } = await find(sql, owner.id, uuid);
        const found = [
          { key, sizeBytes: Number(size_bytes) },
          ...(previewKey ? [{ key: previewKey, sizeBytes: 0 }] : []),
        ];
        await keeper.mayDiscard(found, asked);
        await sql.query('delete from core.media where annotation_id = $1 and uuid = $2', [owner.id, uuid]);
        await audit('media.deleted', uuid);
        return found;
      });
      // After the commit: a file that stays when we die now has no row and is swept.
      await keeper.discard(objects.map(({ key }) => key));
      await keeper.tellDiscarded(objects, asked);
    },
  };
}

interface NewRow extends Checked, Kept {
  readonly uuid: string;
  readonly name: string;
  readonly sha256: Buffer;
  readonly uploaderId: number;
}

/** Behind the last one. @throws ConflictError when the same UUID was stored meanwhile */
async function insert(sql: Sql, ownerId: string, draft: NewRow): Promise<MediaRow> {
  const { uuid, name, sha256, uploaderId, mediaType, sizeBytes, picture, file, preview } = draft;
  const taken = { what: `The UUID ${uuid}`, reason: 'was used by another upload meanwhile. Send the file again.' };
  const [row] = await orConflict({ media_uuid_of_person: taken, media_uuid_of_annotation: taken }, () =>
    sql.query<MediaRow>(
      `insert into core.media as m (uuid, annotation_id, kind, media_type, name, storage_key, preview_key, size_bytes, sha256,
         width, height, uploader_id, position)
       values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12,
         (select coalesce(max(position), 0) + 1 from core.media where annotation_id = $2))
       returning ${COLUMNS}`,
      [
        ...[uuid, ownerId, MEDIA_TYPES[mediaType].kind, mediaType, name, file.key, preview?.key ?? null, sizeBytes],
        ...[sha256, picture?.width ?? null, picture?.height ?? null, uploaderId],
      ],
    ),
  );
  return row as MediaRow;
}
