import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Browser } from 'playwright-core';
import { bootTestKernel } from '../../../core/src/testing.ts';
import { testData } from '../../data.ts';
import { SMALL_SLIDE } from '../../server-process.ts';
import { beginVerifying, drive, quantile } from './drive.ts';
import { scatter } from './slide.ts';

const ROOT = fileURLToPath(new URL('../../..', import.meta.url));
const PLUGINS = ['verification', 'format-image', 'format-tiff'].map((name) => join(ROOT, 'plugins', name));

export type VerifyMode = 'cooperative' | 'secondOpinion';

export interface VerifyRound {
  readonly mode: VerifyMode;
  readonly decisions: number;
  readonly p50: number;
  readonly p95: number;
  readonly worst: number;
  /** With the time that the person looked. */
  readonly perMinute: number;
}

export interface MeasureOptions {
  readonly rounds: number;
  readonly decisions: number;
  /** How long a person looks at an object before the key; 0: each key as soon as the picture is sharp. */
  readonly lookMs: number;
  readonly tell: (line: string) => void;
}

/**
 * Goes through objects of a real slide by keyboard, in a real browser: the time from a key until the next object stands sharp. Each
 * round begins with a browser that has seen nothing of the slide.
 */
export async function measureVerifying(
  browser: Browser,
  { rounds, decisions, lookMs, tell }: MeasureOptions,
): Promise<VerifyRound[]> {
  const kernel = await bootTestKernel({ plugins: PLUGINS });
  try {
    const admin = await kernel.person('test-admin', { isAdmin: true });
    const project = await kernel.project({ vera: 'verifier', otto: 'verifier' });
    await kernel.enable(project.id, 'verification', true);
    const file = testData('wsi/registration/BB_563479/A_BB_563479_1.svs') ?? SMALL_SLIDE;
    const image = { name: file.split('/').at(-1) ?? 'slide', bytes: await readFile(file) };
    const { id: imageId } = await kernel.image(project.imageSetId, admin, image);
    const api = `/api/v2/projects/${project.id}`;
    const product = await admin.request('POST', `${api}/products`, { name: 'Cells' });
    const template = await admin.request('POST', `${api}/products/${product.body.id}/templates`, {
      name: 'Cell',
      kind: 'box',
    });
    const results: VerifyRound[] = [];
    for (const mode of ['secondOpinion', 'cooperative'] as const) {
      await admin.request('PATCH', api, { collaboration: mode });
      for (let round = 0; round < rounds; round++) {
        await scatter(admin, imageId, template.body.id as number, decisions + 1, 100 * round + mode.length);
        const vera = await kernel.person('vera');
        const context = await browser.newContext({ baseURL: kernel.url, viewport: { width: 1280, height: 800 } });
        const [name = '', value = ''] = vera.cookie.split('=', 2);
        await context.addCookies([{ name, value, url: kernel.url, httpOnly: true, sameSite: 'Lax' }]);
        const page = await context.newPage();
        await beginVerifying(page, imageId);
        const startedAt = performance.now();
        const keys = Array.from({ length: decisions }, (_, i) => (i % 3 === 2 ? 'k' : 'j'));
        const made = await drive(page, keys, lookMs);
        const perMinute = (made.length / (performance.now() - startedAt)) * 60_000;
        await context.close();
        const times = made.map(({ ms }) => ms);
        const [p50, p95, worst] = [quantile(times, 0.5), quantile(times, 0.95), Math.max(...times)];
        const result = { mode, decisions: made.length, p50, p95, worst, perMinute };
        results.push(result);
        tell(`${mode} ${round}: ${JSON.stringify(result)}`);
      }
    }
    return results;
  } finally {
    await kernel.close();
  }
}
