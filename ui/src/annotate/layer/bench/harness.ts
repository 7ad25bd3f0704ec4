import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Browser, Page } from 'playwright-core';
import { build, preview, type PreviewServer } from 'vite';

export interface LayerHarness {
  /** A fresh page with an empty viewer; use `page.evaluate(() => layerPage.…)`. */
  newPage(options?: { deviceScaleFactor?: number }): Promise<Page>;
  close(): Promise<void>;
}

/** Builds the page of this folder as it would be shipped (minified) and serves it on a free port of 127.0.0.1. */
export async function startLayerHarness(browser: Browser): Promise<LayerHarness> {
  const outDir = await mkdtemp(join(tmpdir(), 'exact-layer-'));
  const shared = { root: import.meta.dirname, configFile: false, logLevel: 'error' } as const;
  await build({
    ...shared,
    resolve: { conditions: ['source', 'browser', 'module'] },
    build: { outDir, emptyOutDir: true, target: 'es2024' },
  });
  const server: PreviewServer = await preview({
    ...shared,
    build: { outDir },
    preview: { host: '127.0.0.1', port: 0 },
  });
  const url = server.resolvedUrls?.local[0];
  if (!url) throw new Error('The preview server of the layer page has no address.');
  return {
    async newPage({ deviceScaleFactor = 1 } = {}) {
      const page = await browser.newPage({ viewport: { width: 1200, height: 800 }, deviceScaleFactor });
      page.on('pageerror', (error) => console.error(`layer page: ${error.stack ?? error.message}`));
      await page.goto(url);
      await page.waitForFunction(() => 'layerPage' in globalThis);
      return page;
    },
    async close() {
      await server.close();
      await rm(outDir, { recursive: true, force: true });
    },
  };
}
