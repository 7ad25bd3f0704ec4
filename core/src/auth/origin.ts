import { ForeignOriginError } from '@exact/sdk/contract';

export interface OriginQuestion {
  readonly method: string;
  /** Headers `origin`, `sec-fetch-site` and `host`. */
  readonly origin?: string | undefined;
  readonly secFetchSite?: string | undefined;
  readonly host?: string | undefined;
  /** Origin that the operator has set; without it the host that the browser asked for counts. */
  readonly publicUrl?: string | undefined;
}

const SAFE_METHODS = new Set(['GET', 'HEAD', 'OPTIONS']);

/**
 * Refuses requests that change something and come from a page of another site, while the browser adds the cookie by itself.
 * For requests with a cookie and for signing in; a bearer token is never added by a browser and needs no check.
 *
 * Without `Origin` and `Sec-Fetch-Site` the request is let through: browsers that know `SameSite` cookies send at least one
 * of them with unsafe methods (Fetch standard, "append a request Origin header"), so it is a program.
 *
 * @throws {@link ForeignOriginError}
 */
export function checkOrigin({ method, origin, secFetchSite, host, publicUrl }: OriginQuestion): void {
  if (SAFE_METHODS.has(method.toUpperCase())) return;
  if (origin !== undefined) {
    if (!isOwn(origin, host, publicUrl)) throw new ForeignOriginError({ origin });
  } else if (secFetchSite !== undefined && secFetchSite !== 'same-origin' && secFetchSite !== 'none') {
    throw new ForeignOriginError({ origin: secFetchSite });
  }
}

function isOwn(origin: string, host: string | undefined, publicUrl: string | undefined): boolean {
  if (publicUrl !== undefined) return origin === new URL(publicUrl).origin;
  // `null` (sandboxed frames, files, redirects across sites) is no URL and so never own.
  return URL.canParse(origin) && host !== undefined && new URL(origin).host === host.toLowerCase();
}
