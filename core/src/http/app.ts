import { randomUUID } from 'node:crypto';
import type { IncomingHttpHeaders } from 'node:http';
import type { Logger, Principal } from '@exact/sdk/server';
import Koa, { type Middleware } from 'koa';
import { problems, type RequestState } from './problem.ts';

export interface Authentication {
  authenticate(
    headers: IncomingHttpHeaders,
  ): Promise<{ principal: Principal; sessionId?: number | undefined } | undefined>;
  /** @throws FOREIGN_ORIGIN for unsafe methods that do not come from the platform's own pages */
  checkOrigin(request: { method: string; headers: IncomingHttpHeaders }): void;
}

export interface AppOptions {
  readonly log: Logger;
  readonly authentication: Authentication;
  /** Behind a proxy (EXACT_TRUST_PROXY) its X-Forwarded headers are believed. */
  readonly behindProxy: boolean;
  readonly isHttps: boolean;
}

/** Paths that answer without asking who it is: some have to work when the database is away, some have their right in the address. */
const OPEN = /^\/(health|assets|media)\//;

/** The Koa application: request id, log, headers, errors, sign-in; what comes after is the dispatcher's. */
export function createApp(options: AppOptions, ...then: readonly Middleware[]): Koa {
  const app = new Koa({ proxy: options.behindProxy });
  app.silent = true; // problems() answers; koa's own error printing would write names of files to the log
  app.use(requestLog(options.log));
  app.use(securityHeaders(options.isHttps));
  app.use(problems);
  app.use(authentication(options.authentication));
  for (const middleware of then) app.use(middleware);
  return app;
}

function requestLog(log: Logger): Middleware {
  return async (ctx, next) => {
    const startedAt = performance.now();
    const given = ctx.get('x-request-id');
    const requestId = /^[\w-]{8,64}$/.test(given) ? given : randomUUID();
    const state = ctx.state as RequestState;
    state.requestId = requestId;
    state.log = log.child({ requestId });
    ctx.set('x-request-id', requestId);
    try {
      await next();
    } finally {
      // The route's shape and not its path: paths of other people's tools may hold names.
      const route = (ctx as { _matchedRoute?: unknown })._matchedRoute;
      const fields = {
        method: ctx.method,
        route: typeof route === 'string' ? route : undefined,
        status: ctx.status,
        ms: Math.round(performance.now() - startedAt),
      };
      if (ctx.status >= 500) state.log.warn(fields, 'request');
      else state.log.debug(fields, 'request');
    }
  };
}

/** Headers of every answer; the shell page adds its own content security policy. */
function securityHeaders(isHttps: boolean): Middleware {
  return async (ctx, next) => {
    ctx.set({
      'x-content-type-options': 'nosniff',
      'x-frame-options': 'DENY',
      'referrer-policy': 'same-origin',
      'cross-origin-opener-policy': 'same-origin',
      'cross-origin-resource-policy': 'same-origin',
      'content-security-policy': "default-src 'none'; frame-ancestors 'none'",
      'permissions-policy': 'camera=(), microphone=(), geolocation=()',
    });
    if (isHttps) ctx.set('strict-transport-security', 'max-age=31536000');
    await next();
  };
}

function authentication(auth: Authentication): Middleware {
  return async (ctx, next) => {
    if (OPEN.test(ctx.path)) return next();
    auth.checkOrigin({ method: ctx.method, headers: ctx.headers });
    const known = await auth.authenticate(ctx.headers);
    if (known) Object.assign(ctx.state, known);
    await next();
  };
}
