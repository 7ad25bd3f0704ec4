import { readdirSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Browser, BrowserContext, Page } from 'playwright-core';
import type { TestPerson, ToyPlugin } from '@exact/sdk/testing';
import { type BootedKernel, bootTestKernel } from '../../core/src/testing.ts';
import { launchBrowser, launchLightBrowser } from '../browser.ts';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));
const SLIDE = join(ROOT, 'plugins/demo-datasets/data/CMU-1-Small-Region.svs');

/** All first-party plugins, but for the demo: the tests make what they need. */
const PLUGINS = readdirSync(join(ROOT, 'plugins'))
  .filter((name) => name !== 'demo-datasets')
  .map((name) => join(ROOT, 'plugins', name));

/** What a browser has complained about: a page that works is silent. */
export interface Complaints {
  readonly list: string[];
}

/** A platform with the built pages, a browser, and a project with a real slide. */
export interface World {
  readonly kernel: BootedKernel;
  readonly browser: Browser;
  readonly projectId: number;
  readonly imageSetId: number;
  readonly imageId: number;
  readonly templates: Readonly<Record<'cell' | 'tumour' | 'nucleus', number>>;
  /** A window of its own, signed in, whose complaints are collected. */
  open(
    username: string,
    options?: { readonly scheme?: 'light' | 'dark' },
  ): Promise<{ page: Page; context: BrowserContext; person: TestPerson; complaints: Complaints }>;
  close(): Promise<void>;
}

/** Pages of tests live too short for compilers that optimize: without them a test takes an eighth less. */
const PAGE_FLAGS = ['--js-flags=--no-turbofan,--no-maglev'];

/**
 * @param extra - plugins beside the first-party ones
 * @param isPlaying - in a browser that plays compressed sounds and films
 */
export async function makeWorld({
  extra = [],
  isPlaying = false,
}: { readonly extra?: readonly ToyPlugin[]; readonly isPlaying?: boolean } = {}): Promise<World> {
  const kernel = await bootTestKernel({ plugins: [...PLUGINS, ...extra] });
  const browser = await (isPlaying ? launchBrowser : launchLightBrowser)({ args: PAGE_FLAGS });
  const admin = await kernel.person('test-admin', { isAdmin: true });
  const { id: projectId, imageSetId } = await kernel.project({ anna: 'manager', ben: 'annotator', vera: 'viewer' });
  const { id: imageId } = await kernel.image(imageSetId, admin, {
    name: 'CMU-1-Small-Region.svs',
    bytes: await readFile(SLIDE),
  });
  const product = await admin.request('POST', `/api/v2/projects/${projectId}/products`, { name: 'Histology' });
  const template = async (name: string, kind: string): Promise<number> =>
    (
      await admin.request('POST', `/api/v2/projects/${projectId}/products/${product.body.id}/templates`, {
        name,
        kind,
        defaultWidth: 60,
        defaultHeight: 60,
      })
    ).body.id;
  const templates = {
    cell: await template('Cell', 'box'),
    tumour: await template('Tumour', 'polygon'),
    nucleus: await template('Nucleus', 'point'),
  };
  return {
    kernel,
    browser,
    projectId,
    imageSetId,
    imageId,
    templates,
    async open(username, { scheme = 'dark' } = {}) {
      const person = await kernel.person(username);
      const context = await browser.newContext({
        baseURL: kernel.url,
        viewport: { width: 1280, height: 800 },
        colorScheme: scheme,
      });
      const [name = '', value = ''] = person.cookie.split('=', 2);
      await context.addCookies([{ name, value, url: kernel.url, httpOnly: true, sameSite: 'Lax' }]);
      const page = await context.newPage();
      const complaints: Complaints = { list: [] };
      page.on('console', (message) => {
        if (message.type() === 'error' || /Content Security Policy|\[Vue warn\]/.test(message.text()))
          complaints.list.push(`${message.text()} ${message.location().url}`);
      });
      page.on('pageerror', (error) => complaints.list.push(String(error)));
      return { page, context, person, complaints };
    },
    async close() {
      await browser.close();
      await kernel.close();
    },
  };
}
