import { readFile } from 'node:fs/promises';
import { join } from 'node:path';

import { createUpload, patchUpload } from '../../images/tus.ts';
import {
  type Browser,
  createImageSet,
  type ServerProcess,
  signIn,
  SMALL_SLIDE,
  startServerProcess,
} from '../../server-process.ts';
import { importLines, TEMPLATES, type World } from '../annotations/world.ts';
import { createPolygons, linesOf, SLIDE_PX, type Polygons } from '../annotations/polygons.ts';
import { provideSlide } from '../tiles/slide.ts';

/** The shipped server with a slide that has very many polygons, and a small one to come from. */
export interface Million {
  readonly server: ServerProcess;
  readonly browser: Browser;
  readonly projectId: number;
  readonly imageSetId: number;
  readonly images: { readonly small: number; readonly large: number };
  close(): Promise<void>;
}

/** @param sidePx - of the slide; polygons lie in the same clumps whatever it is, scaled */
export async function createMillion(
  folder: string,
  { rows, sidePx, tell }: { readonly rows: number; readonly sidePx: number; readonly tell: (line: string) => void },
): Promise<Million> {
  const slide = await provideSlide(sidePx, tell);
  const server = await startServerProcess({ dataDir: join(folder, 'data'), env: { EXACT_LOG_LEVEL: 'warn' } });
  const close = async (): Promise<void> => void (await server.end('SIGTERM'));
  try {
    const browser = await signIn(() => server.url);
    const { projectId, imageSetId } = await createImageSet(browser);
    const images: number[] = [];
    for (const [name, path] of [
      ['a-small.svs', SMALL_SLIDE],
      ['b-large.tif', slide.path],
    ] as const) {
      images.push(await uploadFile(server.url, { imageSetId, name, path, cookie: browser.cookie }));
    }
    const product = await browser.request<{ id: number }>('POST', `/projects/${projectId}/products`, { name: 'Cells' });
    const templates: number[] = [];
    for (let i = 0; i < TEMPLATES; i++) {
      const template = await browser.request<{ id: number }>(
        'POST',
        `/projects/${projectId}/products/${product.body.id}/templates`,
        { name: `Cell ${i + 1}`, kind: i === 0 ? 'box' : 'polygon' },
      );
      templates.push(template.body.id);
    }
    const [small = 0, large = 0] = images;
    tell(`Importing ${rows} polygons …`);
    const lines = linesOf(scaled(sidePx / SLIDE_PX), rows, (i) => templates[1 + (i % (TEMPLATES - 1))] as number);
    const { totalMs } = await importLines({ server, browser } as unknown as World, large, lines);
    tell(`… done in ${(totalMs / 1000).toFixed(0)} s.`);
    return { server, browser, projectId, imageSetId, images: { small, large }, close };
  } catch (error) {
    await close();
    throw error;
  }
}

const PIECE_BYTES = 8 * 1024 * 1024;

/** @returns the id of the image */
export async function uploadFile(
  url: string,
  { imageSetId, name, path, cookie }: { imageSetId: number; name: string; path: string; cookie: string },
): Promise<number> {
  const bytes = await readFile(path);
  const { location } = await createUpload(
    url,
    bytes.length,
    { filename: name, imageSetId: String(imageSetId) },
    { cookie },
  );
  let imageId = 0;
  for (let at = 0; at < bytes.length; at += PIECE_BYTES) {
    const answer = await patchUpload(location, at, bytes.subarray(at, at + PIECE_BYTES), { cookie });
    if (answer.status >= 400) throw new Error(`The upload of ${name} answered ${answer.status} at byte ${at}.`);
    imageId = Number(answer.headers.get('exact-image-id') ?? imageId);
  }
  return imageId;
}

function scaled(factor: number): Polygons {
  const polygons = createPolygons();
  return {
    next() {
      const [[ring = []] = []] = polygons.next().polygons;
      return { kind: 'polygon', polygons: [[ring.map((value) => Math.round(value * factor * 4) / 4)]] };
    },
  };
}
