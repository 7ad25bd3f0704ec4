import { join } from 'node:path';
import type { Browser } from 'playwright-core';
import { createImageSet, signIn, SMALL_SLIDE, startServerProcess } from '../../server-process.ts';
import { importLines, type World } from '../annotations/world.ts';
import { provideSlide } from '../tiles/slide.ts';
import { uploadFile } from '../viewer/million.ts';
import { makeCells } from './cells.ts';

export interface ProgramResult {
  /** From the opening of the page to the score of the slide. */
  readonly firstMs: number;
  /** Per frame of the pan, from its first callback to the new figure in the page: with tiles, annotations and all else in it. */
  readonly frames: readonly number[];
  /** Views that the server was asked about, and those in which it counts otherwise. */
  readonly views: number;
  readonly unequal: readonly string[];
}

/** The shipped program with its server: pans by mouse and compares what the page has shown with what the server counts in the same box. */
export async function measureProgram(
  browser: Browser,
  folder: string,
  {
    cells,
    sidePx,
    moves,
    tell,
  }: {
    readonly cells: number;
    /** 0: the demo's slide, 2,220 px wide. */
    readonly sidePx: number;
    readonly moves: number;
    tell(line: string): void;
  },
): Promise<ProgramResult> {
  const slide = sidePx === 0 ? SMALL_SLIDE : (await provideSlide(sidePx, tell)).path;
  const server = await startServerProcess({ dataDir: join(folder, 'data'), env: { EXACT_LOG_LEVEL: 'warn' } });
  try {
    const session = await signIn(() => server.url);
    const { projectId, imageSetId } = await createImageSet(session);
    const imageId = await uploadFile(server.url, {
      imageSetId,
      name: 'slide.tif',
      path: slide,
      cookie: session.cookie,
    });
    const product = await session.request<{ id: number }>('POST', `/projects/${projectId}/products`, { name: 'BAL' });
    const templates: number[] = [];
    for (const name of ['0', '1', '2', '3', '4'])
      templates.push(
        (
          await session.request<{ id: number }>(
            'POST',
            `/projects/${projectId}/products/${product.body.id}/templates`,
            { name, kind: 'box' },
          )
        ).body.id,
      );
    await session.request('PUT', `/projects/${projectId}/plugins/eiph-score`, { enabled: true });
    const made = makeCells(cells, sidePx || 2220);
    tell(`Importing ${cells} cells …`);
    await importLines(
      { server, browser: session } as unknown as World,
      imageId,
      made.map(
        ({ x, y, grade }) =>
          `${JSON.stringify({ templateId: templates[grade], geometry: { kind: 'box', x: x - 12, y: y - 12, width: 24, height: 24 } })}\n`,
      ),
    );

    const context = await browser.newContext({ viewport: { width: 1280, height: 900 } });
    await context.addCookies(
      session.cookie.split('; ').map((pair) => {
        const at = pair.indexOf('=');
        return { name: pair.slice(0, at), value: pair.slice(at + 1), url: server.url };
      }),
    );
    const page = await context.newPage();
    await page.addInitScript(watchScores);
    const start = performance.now();
    await page.goto(`${server.url}/images/${imageId}`);
    const slideRow = page.getByTestId('eiph-row-slide');
    await slideRow.filter({ hasText: cells.toLocaleString('en') }).waitFor({ timeout: 60_000 });
    const firstMs = performance.now() - start;
    await page.evaluate(() => scoreWatch.start());
    const stage = await page.getByTestId('canvas').boundingBox();
    if (!stage) throw new Error('The viewer has no canvas.');
    const [x, y] = [stage.x + stage.width / 2, stage.y + stage.height / 2];
    await page.mouse.move(x, y);
    for (let i = 0; i < moves; i++) {
      await page.mouse.wheel(0, i % 12 < 8 ? -180 : 260);
      await page.mouse.down({ button: 'middle' });
      const angle = i * 2.4;
      await page.mouse.move(x + 240 * Math.cos(angle), y + 180 * Math.sin(angle), { steps: 12 });
      await page.mouse.up({ button: 'middle' });
      await page.mouse.move(x, y);
    }
    const { frames, seen } = await page.evaluate(() => scoreWatch.result());
    await context.close();

    const unequal: string[] = [];
    const asked = seen.filter((_, i) => i % Math.max(1, Math.floor(seen.length / 200)) === 0);
    for (const { box, counts } of asked) {
      const { body } = await session.request<{ score: { counts: number[] } }>(
        'GET',
        `/projects/${projectId}/plugins/eiph-score/score?imageId=${imageId}&box=${box}`,
      );
      if (body.score.counts.join(' ') !== counts)
        unequal.push(`${box}: ${counts}, server ${body.score.counts.join(' ')}`);
    }
    return { firstMs, frames, views: asked.length, unequal };
  } finally {
    await server.end('SIGTERM');
  }
}

/** In the page: when a frame has begun, and when the figure of its view stood in the page. */
function watchScores(): void {
  let began = 0;
  const original = globalThis.requestAnimationFrame.bind(globalThis);
  globalThis.requestAnimationFrame = (callback) =>
    original((time) => {
      // the first callback of the frame; the others have the same time
      if (time !== last) [began, last] = [performance.now(), time];
      callback(time);
    });
  let last = -1;
  const frames: number[] = [];
  const seen: { box: string; counts: string }[] = [];
  globalThis.scoreWatch = {
    start() {
      const row = document.querySelector<HTMLElement>('[data-testid=eiph-row-view]');
      if (!row) throw new Error('The panel is not there.');
      new MutationObserver(() => {
        const now = performance.now();
        if (now - began < 1000) frames.push(now - began);
        seen.push({ box: row.dataset['box'] ?? '', counts: row.dataset['counts'] ?? '' });
      }).observe(row, { attributeFilter: ['data-box'] });
    },
    result: () => ({ frames, seen }),
  };
}
declare global {
  var scoreWatch: {
    start(): void;
    result(): { readonly frames: number[]; readonly seen: { readonly box: string; readonly counts: string }[] };
  };
}
