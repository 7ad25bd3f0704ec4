import { randomUUID } from 'node:crypto';
import { mkdirSync } from 'node:fs';
import type * as fs from 'node:fs/promises';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import {
  BodyTooLargeError,
  ConflictError,
  DiskFullError,
  ExactError,
  InvalidRequestError,
  NotFoundError,
  UPLOADS_PATH,
  UploadRefusedError,
} from '@exact/sdk/contract';
import type { Principal } from '@exact/sdk/server';
import { Server } from '@tus/server';
import type { Services } from '../services.ts';
import { importImage, type ImportParts } from './import-image.ts';
import { HashingFileStore, PATCH_LIMIT_BYTES } from './upload-store.ts';

const DAY_MS = 24 * 3_600_000;
/** 4 TiB: far above any slide; a length that cannot be true is refused before a byte is sent. */
const MAX_FILE_BYTES = 4 * 1024 ** 4;

/** @throws NotFoundError or ForbiddenError when the person may not add images to the set */
export type MayUpload = (principal: Principal, imageSetId: number) => Promise<{ readonly projectId: number }>;

export interface Uploads {
  /**
   * Answers one request below `/api/v2/uploads` (tus 1.0). The caller has authenticated it and checked its origin.
   *
   * @throws every failure, before anything is answered: the caller writes it as it does all others
   */
  handleUpload(req: IncomingMessage, res: ServerResponse, principal: Principal): Promise<void>;
  /** Removes uploads that nobody has gone on with for a day. */
  sweep(): Promise<number>;
}

export interface UploadsParts extends ImportParts {
  readonly mayUpload: MayUpload;
  /** Public path of the API (default `/api/v2`). */
  readonly mount?: string;
  readonly open?: typeof fs.open;
}

interface Call {
  readonly principal: Principal;
  /** What was thrown on the way; tus would make a line of text of it. */
  failure?: Error;
}

/**
 * Takes uploads in resumable pieces and imports each file in the request that brings its last byte.
 *
 * Rights are checked at every request, not only at the first. When the import fails for a reason that is not the file's (the
 * database is away), the last piece is taken back: the client sends it again and the import is tried again. Otherwise a client
 * that lost the answer would see a complete upload and believe that all is well.
 */
export function createUploads(services: Services, parts: UploadsParts): Uploads {
  const { config } = services;
  const folder = join(config.dataDir, 'storage', '.scratch', 'uploads');
  mkdirSync(folder, { recursive: true });
  const store = new HashingFileStore(folder, DAY_MS, parts.open);
  const calls = new WeakMap<object, Call>();
  const callOf = (request: object): Call => {
    const call = calls.get(request);
    if (!call) throw new Error('a request that did not come through handleUpload');
    return call;
  };

  /** The upload, when it is the caller's own and they may still add to its set. */
  async function resolve(
    principal: Principal,
    id: string,
  ): Promise<{ imageSetId: number; projectId: number; filename: string; size: number }> {
    const upload = /^[0-9a-f-]{36}$/.test(id) ? await store.getUpload(id).catch(() => undefined) : undefined;
    if (!upload || upload.metadata?.['owner'] !== String(principal.userId))
      throw new NotFoundError({ what: 'upload', id });
    const imageSetId = Number(upload.metadata['imageSetId']);
    const { projectId } = await parts.mayUpload(principal, imageSetId);
    return { imageSetId, projectId, filename: upload.metadata['filename'] ?? '', size: upload.size ?? 0 };
  }

  async function finish(
    principal: Principal,
    id: string,
    pieceStart: number,
  ): Promise<Readonly<Record<string, string>>> {
    const { size, filename, ...target } = await resolve(principal, id);
    try {
      const sha256 = await store.digest(id, size);
      const { image, duplicateOf } = await importImage(services, parts, principal, target, {
        path: store.pathOf(id),
        name: filename,
        sizeBytes: size,
        sha256,
      });
      await store.release(id);
      return {
        'Exact-Image-Id': String(image.id),
        ...(duplicateOf === undefined ? {} : { 'Exact-Duplicate-Of': String(duplicateOf) }),
      };
    } catch (error) {
      const isFinal = error instanceof ExactError && (error.status < 500 || error.status === 507);
      if (isFinal) await store.release(id);
      else await store.takeBack(id, Math.min(pieceStart, Math.max(0, size - 1)));
      throw error;
    }
  }

  const tus = new Server({
    path: `${parts.mount ?? '/api/v2'}${UPLOADS_PATH}`,
    datastore: store,
    relativeLocation: true,
    maxSize: MAX_FILE_BYTES,
    allowedOrigins: config.publicUrl ? [config.publicUrl] : [`http://${config.host}:${config.port}`],
    namingFunction: () => randomUUID(),
    async onUploadCreate(request, upload) {
      const { principal } = callOf(request);
      const imageSetId = Number(upload.metadata?.['imageSetId']);
      const filename = upload.metadata?.['filename'] ?? '';
      const fields = [
        ...(Number.isInteger(imageSetId) && imageSetId > 0 && imageSetId < 2 ** 31
          ? []
          : [{ path: 'Upload-Metadata.imageSetId', message: 'must be the id of an image set' }]),
        ...(filename === '' || filename.length > 1000
          ? [{ path: 'Upload-Metadata.filename', message: 'must be the name of the file' }]
          : []),
        ...(upload.sizeIsDeferred ? [{ path: 'Upload-Length', message: 'must be known from the start' }] : []),
      ];
      if (fields.length > 0) throw new InvalidRequestError({ fields });
      await parts.mayUpload(principal, imageSetId);
      if (upload.size === 0)
        throw new UploadRefusedError({
          file: filename,
          code: 'EMPTY_FILE',
          reason: 'the file is empty (0 bytes). It was probably not copied completely; copy it again.',
        });
      return { metadata: { imageSetId: String(imageSetId), filename, owner: String(principal.userId) } };
    },
    async onIncomingRequest(request, id) {
      const call = callOf(request);
      if (request.method === 'PATCH' || request.method === 'HEAD' || request.method === 'DELETE')
        await resolve(call.principal, id);
    },
    async onUploadFinish(request, upload) {
      const pieceStart = Number(request.headers.get('upload-offset') ?? 0);
      return { headers: await finish(callOf(request).principal, upload.id, pieceStart) };
    },
    onResponseError(request, error) {
      if (error instanceof Error) callOf(request).failure = error;
      return undefined;
    },
  });

  return {
    async handleUpload(req, res, principal) {
      const length = Number(req.headers['content-length'] ?? 0);
      if (length > PATCH_LIMIT_BYTES) {
        res.shouldKeepAlive = false; // what follows unread must not be taken for the next request
        throw new BodyTooLargeError({ limitBytes: PATCH_LIMIT_BYTES });
      }
      const gone = new AbortController();
      req.once('error', () => gone.abort());
      const call: Call = { principal };
      const request = toWebRequest(req, gone.signal);
      calls.set(request, call);
      const response = await tus.handleWeb(request as never);
      await discardOnDisk(call, req);
      if (response.status >= 400) {
        if (!req.complete) res.shouldKeepAlive = false;
        throw call.failure ?? errorOfTus(response.status, (await response.text()).trim(), req.url ?? '');
      }
      const headers = Object.fromEntries(response.headers);
      res.writeHead(response.status, { 'cache-control': 'no-store', ...headers });
      res.end();
    },
    async sweep() {
      return tus.cleanUpExpiredUploads();
    },
  };

  /** A full disk gets its room back: what was sent of this file is of no use until there is room, and then it is sent anew. */
  async function discardOnDisk({ failure }: Call, req: IncomingMessage): Promise<void> {
    const id = req.url?.split(/[/?]/).at(-1) ?? '';
    if (failure instanceof DiskFullError && /^[0-9a-f-]{36}$/.test(id)) await store.release(id);
  }
}

function toWebRequest(req: IncomingMessage, signal: AbortSignal): Request {
  const headers = new Headers();
  for (let i = 0; i < req.rawHeaders.length; i += 2)
    headers.append(req.rawHeaders[i] ?? '', req.rawHeaders[i + 1] ?? '');
  const hasBody = req.method === 'PATCH' || req.method === 'POST';
  return new Request(new URL(req.url ?? '/', 'http://localhost'), {
    method: req.method ?? 'GET',
    headers,
    signal,
    ...(hasBody ? { body: Readable.toWeb(req) as ReadableStream<Uint8Array>, duplex: 'half' } : {}),
  } as RequestInit);
}

/** tus tells its own errors in a line of text; they become errors of the platform. */
function errorOfTus(status: number, text: string, url: string): ExactError {
  if (status === 404 || status === 410)
    return new NotFoundError({ what: 'upload', id: url.split(/[/?]/).at(-1) ?? '' });
  if (status === 409)
    return new ConflictError({
      what: 'Upload-Offset',
      reason: 'the server holds another number of bytes; ask for it with HEAD and go on from there',
    });
  if (status === 413) return new BodyTooLargeError({ limitBytes: MAX_FILE_BYTES });
  return new InvalidRequestError({ fields: [{ path: 'headers', message: text }] });
}
