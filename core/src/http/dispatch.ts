import Router from '@koa/router';
import {
  type EndpointSpec,
  InvalidRequestError,
  type Method,
  NotFoundError,
  NotSignedInError,
  PluginNotEnabledError,
  type RawReply,
} from '@exact/sdk/contract';
import type { Principal } from '@exact/sdk/server';
import type { Context, Middleware } from 'koa';
import { Readable } from 'node:stream';
import type { Kernel } from '../kernel/kernel.ts';
import { DEFAULT_BODY_LIMIT, limitedBody, readJson } from './body.ts';
import type { CoreRequest, Grant, Operation } from './implement.ts';
import type { RequestState } from './problem.ts';
import { giveBackReplyBuffer } from './reply-buffers.ts';
import { validate } from './validate.ts';

export const API = '/api/v2';

/** What the dispatcher has to know of the person behind a request; set by the authentication middleware. */
export interface SignedIn {
  principal?: Principal;
  sessionId?: number;
}

export type ResolveAccess = (
  access: EndpointSpec['access'],
  params: Readonly<Record<string, unknown>>,
  principal: Principal | undefined,
  method: Method,
) => Promise<Grant>;

export interface DispatchOptions {
  readonly kernel: Kernel;
  readonly resolveAccess: ResolveAccess;
  /** Checks every answer against its schema: tests and CI, where a field too many is a leak found early. */
  readonly checkAnswers: boolean;
}

/** One mounted operation with the address it has; what OpenAPI and the rights test are made from. */
export interface MountedOperation extends Operation {
  readonly fullPath: string;
  readonly plugin?: string;
}

export interface Dispatcher {
  /** Middleware that answers everything below `/api/v2`. */
  readonly middleware: Middleware;
  mount(operations: readonly Operation[]): void;
  /** Mounts endpoints of a plugin; the returned function takes them away again: the next request gets 404. */
  mountPlugin(plugin: string, level: 'project' | 'instance', operations: readonly Operation[]): () => void;
  operations(): readonly MountedOperation[];
}

interface PluginRoutes {
  readonly router: Router;
  readonly operations: readonly MountedOperation[];
}

const PROJECT_PLUGIN = /^\/api\/v2\/projects\/(\d{1,10})\/plugins\/([a-z][a-z0-9-]*)\//;
const INSTANCE_PLUGIN = /^\/api\/v2\/plugins\/([a-z][a-z0-9-]*)\//;

export function createDispatcher(options: DispatchOptions): Dispatcher {
  const { kernel, resolveAccess } = options;
  const core = new Router();
  const coreOperations: MountedOperation[] = [];
  // A Map looked up at each request: taking a plugin away is a delete.
  const plugins = new Map<string, PluginRoutes[]>();

  function add(router: Router, base: string, operation: Operation, plugin?: string): MountedOperation {
    const fullPath = `${base}${operation.spec.path}`;
    router.register(fullPath, [operation.spec.method], (ctx) => answer(ctx, operation, options, plugin));
    return { ...operation, fullPath, ...(plugin ? { plugin } : {}) };
  }

  async function dispatchPlugin(
    ctx: Context,
    plugin: string,
    projectId: number | undefined,
    isMounted: boolean,
  ): Promise<boolean> {
    if (projectId !== undefined) {
      // Who may not see the project must not learn what is on in it.
      const { principal } = ctx.state as SignedIn;
      await resolveAccess({ permission: 'project:read', in: 'project' }, { projectId }, principal, 'GET');
    }
    if (!isMounted || !kernel.isOn(plugin, projectId))
      throw new PluginNotEnabledError({ plugin, ...(projectId === undefined ? {} : { projectId }) });
    (ctx.state as RequestState).plugin = plugin;
    for (const { router } of plugins.get(plugin) ?? []) {
      if (await tryRouter(router, ctx)) return true;
    }
    return false;
  }

  return {
    async middleware(ctx, next) {
      if (!ctx.path.startsWith(`${API}/`)) return next();
      // No id, name or filter holds it, and PostgreSQL refuses it in any text.
      if (ctx.url.includes('%00'))
        throw new InvalidRequestError({ fields: [{ path: 'url', message: 'must not hold the character U+0000' }] });
      if (await tryRouter(core, ctx)) return;
      const ofProject = PROJECT_PLUGIN.exec(ctx.path);
      const ofInstance = ofProject ? undefined : INSTANCE_PLUGIN.exec(ctx.path);
      const plugin = ofProject?.[2] ?? ofInstance?.[1];
      if (
        plugin !== undefined &&
        (await dispatchPlugin(ctx, plugin, ofProject ? Number(ofProject[1]) : undefined, plugins.has(plugin)))
      )
        return;
      throw new NotFoundError({ what: `address ${ctx.method} ${ctx.path}` });
    },
    mount(operations) {
      for (const operation of operations) coreOperations.push(add(core, API, operation));
    },
    mountPlugin(plugin, level, operations) {
      const base = level === 'project' ? `${API}/projects/:projectId/plugins/${plugin}` : `${API}/plugins/${plugin}`;
      const router = new Router();
      const routes: PluginRoutes = {
        router,
        operations: operations.map((operation) => add(router, base, operation, plugin)),
      };
      plugins.set(plugin, [...(plugins.get(plugin) ?? []), routes]);
      return () => {
        const left = (plugins.get(plugin) ?? []).filter((other) => other !== routes);
        if (left.length > 0) plugins.set(plugin, left);
        else plugins.delete(plugin);
      };
    },
    operations: () => [...coreOperations, ...[...plugins.values()].flat().flatMap((routes) => routes.operations)],
  };
}

/** Lets a router try a request. @returns whether one of its routes matched */
async function tryRouter(router: Router, ctx: Context): Promise<boolean> {
  const { route } = router.match(ctx.path, ctx.method);
  if (!route) return false;
  await router.routes()(ctx as never, () => Promise.resolve());
  return true;
}

/** Time after which a plugin's endpoint is given up; core's own have the limits of the database. */
const PLUGIN_LIMIT_MS = 60_000;

async function answer(
  ctx: Context,
  operation: Operation,
  options: DispatchOptions,
  plugin: string | undefined,
): Promise<void> {
  const { spec } = operation;
  const state = ctx.state as RequestState & SignedIn;
  const pathParams = ctx['params'] as Record<string, string>;
  const checked = validate(spec.params, pathParams, 'params') as Record<string, unknown> | undefined;
  const params = {
    ...checked,
    ...(plugin && pathParams['projectId'] ? { projectId: Number(pathParams['projectId']) } : {}),
  };
  const grant = await options.resolveAccess(spec.access, params, state.principal, spec.method);
  if (plugin && 'projectId' in params && grant.projectId !== params.projectId && !('public' in spec.access)) {
    throw new NotFoundError({ what: 'such thing in this project' });
  }
  if (!('public' in spec.access) && !state.principal) throw new NotSignedInError({});
  const query = validate(spec.query, ctx.query, 'query');
  const limitBytes = spec.bodyLimit ?? DEFAULT_BODY_LIMIT;
  const body = spec.body ? validate(spec.body, await readJson(ctx.req, limitBytes), 'body') : undefined;

  const abort = new AbortController();
  // When the client goes away before its answer is sent. To tell everybody each time would cost 4 % of a short request.
  ctx.res.once('close', () => {
    if (!ctx.res.writableFinished) abort.abort();
  });
  const request: CoreRequest<EndpointSpec> = {
    params,
    query,
    body,
    principal: state.principal as Principal, // public endpoints of core know that there may be none
    projectId: grant.projectId,
    role: grant.role,
    grant,
    headers: ctx.headers as Record<string, string | undefined>,
    ip: ctx.ip,
    sessionId: state.sessionId,
    signal: abort.signal,
    requestId: state.requestId,
    log: state.log,
    stream: () => limitedBody(ctx.req, limitBytes),
    setHeader: (name, value) => ctx.append(name, value),
  };
  const result = plugin
    ? await options.kernel.run(plugin, `route ${operation.name}`, PLUGIN_LIMIT_MS, () => operation.handle(request))
    : await operation.handle(request);
  reply(ctx, spec, result, options.checkAnswers);
}

function reply(ctx: Context, spec: EndpointSpec, result: unknown, check: boolean): void {
  if (!spec.response) {
    ctx.status = spec.status ?? 204;
    return;
  }
  if ('raw' in spec.response) {
    const raw = result as RawReply;
    ctx.status = raw.status ?? spec.status ?? 200;
    for (const [name, value] of Object.entries(raw.headers ?? {})) ctx.set(name, value);
    const { body } = raw;
    if (body === undefined) return;
    if (body instanceof Uint8Array) {
      ctx.body = Buffer.from(body.buffer, body.byteOffset, body.byteLength);
      // All of it is with the system then. When the client has gone, nobody knows who still reads it: it is not used again.
      ctx.res.once('finish', () => giveBackReplyBuffer(body));
    } else ctx.body = typeof body === 'string' ? body : Readable.from(body);
    return;
  }
  ctx.status = spec.status ?? 200;
  if (!ctx.response.get('cache-control')) ctx.set('cache-control', 'no-store');
  ctx.type = 'application/json';
  ctx.body = JSON.stringify(check ? spec.response.parse(result) : result);
}
