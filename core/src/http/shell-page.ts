import { createHash, randomBytes } from 'node:crypto';
import { readFileSync, statSync } from 'node:fs';
import type { Middleware } from 'koa';

/** What the UI's build has written; described at the top of `ui/build/build-all.mjs`. */
export interface ShellDescription {
  readonly scripts: readonly string[];
  readonly preloads: readonly string[];
  readonly styles: readonly string[];
  readonly importMap: { readonly imports: Readonly<Record<string, string>> };
  readonly pluginEntries: Readonly<Record<string, { readonly url: string }>>;
}

export interface Shell {
  /** The one page for all addresses that are not the API's. */
  readonly middleware: Middleware;
  pluginEntry(plugin: string): string | undefined;
}

/**
 * Serves the shell page. Its content security policy allows the built scripts, the import map by its hash and nothing inline;
 * Vuetify's one style element gets a nonce of each page.
 */
export function createShell(file: string): Shell {
  let read: { readonly modifiedMs: number; readonly description: ShellDescription } | undefined;

  function description(): ShellDescription | undefined {
    try {
      const modifiedMs = statSync(file).mtimeMs;
      // Read again when a build has replaced it: a developer's next reload shows the new one.
      if (read?.modifiedMs !== modifiedMs)
        read = { modifiedMs, description: JSON.parse(readFileSync(file, 'utf8')) as ShellDescription };
      return read.description;
    } catch {
      return undefined;
    }
  }

  return {
    pluginEntry: (plugin) => description()?.pluginEntries[plugin]?.url,
    middleware: async (ctx, next) => {
      if ((ctx.method !== 'GET' && ctx.method !== 'HEAD') || /^\/(api|assets|health|media)(\/|$)/.test(ctx.path))
        return next();
      const built = description();
      ctx.type = 'text/html; charset=utf-8';
      ctx.set('cache-control', 'no-cache');
      if (!built) {
        ctx.status = 503;
        ctx.body =
          '<!doctype html><title>Exact</title><p>The pages are not built yet. Run <code>npm run build</code>, or start with <code>npm start</code>.</p>';
        return;
      }
      const nonce = randomBytes(16).toString('base64');
      const importMap = JSON.stringify(built.importMap);
      ctx.set('content-security-policy', policy(importMap, nonce));
      ctx.body = page(built, importMap, nonce);
    },
  };
}

function policy(importMap: string, nonce: string): string {
  const hash = createHash('sha256').update(importMap).digest('base64');
  return [
    `default-src 'self'`,
    `script-src 'self' 'sha256-${hash}'`,
    `style-src 'self' 'nonce-${nonce}'`,
    `img-src 'self' blob: data:`,
    `media-src 'self'`,
    `worker-src 'self' blob:`,
    `connect-src 'self'`,
    `object-src 'none'`,
    `base-uri 'none'`,
    `form-action 'self'`,
    `frame-ancestors 'none'`,
  ].join('; ');
}

function page(built: ShellDescription, importMap: string, nonce: string): string {
  const tags = [
    ...built.styles.map((href) => `<link rel="stylesheet" href="${href}">`),
    `<script type="importmap">${importMap}</script>`,
    ...built.preloads.map((href) => `<link rel="modulepreload" href="${href}">`),
    ...built.scripts.map((src) => `<script type="module" src="${src}"></script>`),
  ];
  return `<!doctype html>
<html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1">
<title>Exact</title><meta property="csp-nonce" nonce="${nonce}">
${tags.join('\n')}
</head><body><div id="app"></div></body></html>`;
}
