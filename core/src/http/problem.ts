import { STATUS_CODES } from 'node:http';
import type { Duplex } from 'node:stream';
import { ExactError, InvalidRequestError, NotFoundError, UnavailableError } from '@exact/sdk/contract';
import type { Logger } from '@exact/sdk/server';
import type { Context, Next } from 'koa';

/** Sentences of `pg` and its pool, which have no code: lost while asking, asked after it was lost, not reached in time. */
const CONNECTION_LOST =
  /^(Connection terminated|Client (has encountered a connection error|was closed) and is not queryable|timeout exceeded when trying to connect)/;

/** Which plugin's code a failed request was in; set by the dispatcher. */
export interface RequestState {
  requestId: string;
  log: Logger;
  plugin?: string;
}

/** PostgreSQL error classes that mean "the database is away", not "the statement is wrong": connection, shutdown, starting. */
const DATABASE_AWAY = /^(08|57P0[123]|53300|ECONNREFUSED|ECONNRESET|ENOENT|EPIPE)/;

/**
 * Writes every error of the platform as `application/problem+json` (RFC 9457); the only place that does. Handlers throw.
 * What is not a known error is a bug: it is logged with its stack, and the answer says only which request it was.
 */
export async function problems(ctx: Context, next: Next): Promise<void> {
  try {
    await next();
    if (ctx.status === 404 && ctx.body === undefined && ctx.respond !== false)
      throw new NotFoundError({ what: `address ${ctx.path}` });
  } catch (thrown) {
    const state = ctx.state as RequestState;
    const error = knownError(thrown);
    if (!error) state.log.error({ err: thrown, plugin: state.plugin }, 'unexpected error');
    if (ctx.headerSent) {
      ctx.res.destroy(); // half an answer must not look whole
      return;
    }
    const status = error?.status ?? 500;
    for (const name of ['etag', 'cache-control', 'content-type', 'content-length']) ctx.remove(name);
    ctx.status = status;
    ctx.set('cache-control', 'no-store');
    const data: unknown = error?.data;
    if (hasRetryAfter(data)) ctx.set('retry-after', String(data.retryAfterS));
    if (status === 503) ctx.set('retry-after', '2');
    ctx.body = JSON.stringify(problemOf(error, status, ctx.path, state));
    ctx.type = 'application/problem+json';
  }
}

function problemOf(error: ExactError | undefined, status: number, path: string, state: RequestState): object {
  const code = error?.code ?? 'INTERNAL_ERROR';
  const plugin = state.plugin ?? pluginOf(error?.data);
  return {
    type: `urn:exact:problem:${code}`,
    title: titleOf(code),
    status,
    detail:
      error?.message ??
      `Something went wrong on the server. Nothing of this request was stored. Tell the administrator: request ${state.requestId}.`,
    instance: path,
    code,
    requestId: state.requestId,
    ...(plugin ? { plugin } : {}),
    ...(error instanceof InvalidRequestError ? { fields: (error.data as { fields: unknown }).fields } : {}),
    ...(error && hasContent(error.data) ? { data: error.data } : {}),
  };
}

/** The error as the platform knows it; nothing for what it does not know. */
export function knownError(thrown: unknown): ExactError | undefined {
  if (thrown instanceof ExactError) return thrown;
  const code = (thrown as { code?: unknown } | null)?.code;
  const message = thrown instanceof Error ? thrown.message : '';
  if ((typeof code === 'string' && DATABASE_AWAY.test(code)) || CONNECTION_LOST.test(message)) {
    return new UnavailableError({ what: 'The database' }, { cause: thrown });
  }
  return undefined;
}

const titleOf = (code: string): string => code.charAt(0) + code.slice(1).toLowerCase().replaceAll('_', ' ');

const hasContent = (data: unknown): data is object =>
  typeof data === 'object' && data !== null && Object.keys(data).length > 0;

const hasRetryAfter = (data: unknown): data is { retryAfterS: number } => hasContent(data) && 'retryAfterS' in data;

const pluginOf = (data: unknown): string | undefined =>
  hasContent(data) && 'plugin' in data && typeof data.plugin === 'string' ? data.plugin : undefined;

/** Requests that Node cannot even read, by its error code. */
const UNREADABLE: Readonly<
  Record<string, { readonly status: number; readonly code: string; readonly detail: string }>
> = {
  HPE_HEADER_OVERFLOW: {
    status: 431,
    code: 'HEADERS_TOO_LARGE',
    detail: 'Address and headers of the request are larger than 16 KiB together.',
  },
  ERR_HTTP_REQUEST_TIMEOUT: { status: 408, code: 'REQUEST_TIMEOUT', detail: 'The request did not arrive in time.' },
};
const MALFORMED = { status: 400, code: 'MALFORMED_REQUEST', detail: 'This is not a request that HTTP/1.1 allows.' };

/** Answers what never becomes a request; for the server's `clientError`. */
export function answerUnreadable(error: NodeJS.ErrnoException, socket: Duplex): void {
  if (error.code === 'ECONNRESET' || !socket.writable) {
    socket.destroy();
    return;
  }
  const { status, code, detail } = UNREADABLE[error.code ?? ''] ?? MALFORMED;
  const body = JSON.stringify({ type: `urn:exact:problem:${code}`, title: titleOf(code), status, detail, code });
  socket.end(
    `HTTP/1.1 ${status} ${STATUS_CODES[status]}\r\nContent-Type: application/problem+json\r\n` +
      `Content-Length: ${Buffer.byteLength(body)}\r\nConnection: close\r\n\r\n${body}`,
  );
}
