import type { ClientInput, Contract, EndpointSpec, ReplyOf } from './endpoint.ts';
import { ExactError } from './define-error.ts';

export interface ClientOptions {
  /** Start of every path, for example `/api/v2` or `/api/v2/projects/7/plugins/screening`. */
  readonly baseUrl: string;
  readonly fetch?: typeof fetch;
  readonly headers?: Readonly<Record<string, string>>;
}

export type Client<C extends Contract> = {
  readonly [K in keyof C]: (
    // eslint-disable-next-line @typescript-eslint/no-empty-object-type -- asks whether all of the input may be left out
    ...args: {} extends ClientInput<C[K]>
      ? [input?: ClientInput<C[K]>, signal?: AbortSignal]
      : [input: ClientInput<C[K]>, signal?: AbortSignal]
  ) => Promise<ReplyOf<C[K]>>;
};

/** Body of `application/problem+json` (RFC 9457) as the platform writes it. */
export interface Problem {
  readonly type: string;
  readonly title: string;
  readonly status: number;
  readonly detail: string;
  readonly code: string;
  readonly instance?: string;
  readonly plugin?: string;
  readonly requestId?: string;
  /** Fields of the request that are wrong: where, and what is allowed. */
  readonly fields?: readonly { readonly path: string; readonly message: string }[];
  readonly data?: unknown;
}

/** Thrown by the client when the server refuses; `data` is the whole problem document. */
export class ProblemError extends ExactError<Problem> {
  constructor(problem: Problem) {
    super(problem.code, problem.status, problem.detail || problem.title, problem);
  }
}

/** Thrown when no answer came at all: the line is cut or the server is away. Retrying is safe for every idempotent write. */
export class OfflineError extends ExactError<{ url: string }> {
  constructor(url: string, options?: ErrorOptions) {
    super('OFFLINE', 0, 'The server cannot be reached. Check the network; nothing is lost.', { url }, options);
  }
}

/**
 * Makes the typed client of a contract. Each call takes `{ params, query, body }` as the endpoint declares them and an
 * optional signal.
 *
 * @throws {@link ProblemError} when the server refuses, {@link OfflineError} when it does not answer
 */
export function createClient<C extends Contract>(endpoints: C, options: ClientOptions): Client<C> {
  const calls = Object.entries(endpoints).map(([name, spec]) => [
    name,
    (input: CallInput = {}, signal?: AbortSignal) => call(spec, input, options, signal),
  ]);
  return Object.freeze(Object.fromEntries(calls)) as Client<C>;
}

interface CallInput {
  readonly params?: Record<string, unknown>;
  readonly query?: Record<string, unknown>;
  readonly body?: unknown;
}

/** The address of an endpoint with its parameters filled in. */
export function endpointUrl(spec: EndpointSpec, input: CallInput, baseUrl: string): string {
  const path = spec.path.replace(/:(\w+)/g, (_, name: string) => {
    const value = input.params?.[name];
    if (value === undefined) throw new TypeError(`Parameter "${name}" of ${spec.method} ${spec.path} is missing.`);
    return encodeURIComponent(String(value));
  });
  const search = new URLSearchParams();
  for (const [key, value] of Object.entries(input.query ?? {})) {
    if (value === undefined) continue;
    search.set(key, Array.isArray(value) ? value.join(',') : String(value));
  }
  const query = search.toString();
  return `${baseUrl}${path}${query ? `?${query}` : ''}`;
}

async function call(
  spec: EndpointSpec,
  input: CallInput,
  options: ClientOptions,
  signal?: AbortSignal,
): Promise<unknown> {
  const url = endpointUrl(spec, input, options.baseUrl);
  const hasBody = input.body !== undefined;
  const init: RequestInit = {
    method: spec.method,
    credentials: 'same-origin',
    headers: {
      accept: 'application/json',
      ...options.headers,
      ...(hasBody ? { 'content-type': 'application/json' } : {}),
    },
    ...(hasBody ? { body: JSON.stringify(input.body) } : {}),
    ...(signal ? { signal } : {}),
  };
  let response: Response;
  try {
    response = await (options.fetch ?? fetch)(url, init);
  } catch (error) {
    if (signal?.aborted) throw error;
    throw new OfflineError(url, { cause: error });
  }
  if (!response.ok && response.status !== 304) throw new ProblemError(await readProblem(response));
  if (spec.response && 'raw' in spec.response) return response;
  if (response.status === 204) return undefined;
  return response.json();
}

async function readProblem(response: Response): Promise<Problem> {
  const text = await response.text();
  try {
    const problem = JSON.parse(text) as Problem;
    if (typeof problem.code === 'string') return problem;
  } catch {
    // Not ours: a proxy's page, for example. Told below by its status.
  }
  return {
    type: 'about:blank',
    title: response.statusText || `HTTP ${response.status}`,
    status: response.status,
    detail: `The server answered ${response.status}.`,
    code: `HTTP_${response.status}`,
  };
}
