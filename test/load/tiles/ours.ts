import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { copyFile, open, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { pipeline } from 'node:stream/promises';

import { askUpload, createUpload, patchUpload } from '../../images/tus.ts';
import { type Browser, createImageSet, signIn, startServerProcess } from '../../server-process.ts';
import { onCore } from '../processes.ts';
import type { TileServer } from './servers.ts';
import type { BenchSlide } from './slide.ts';

const PIECE_BYTES = 32 * 1024 * 1024;
const LAST_PIECE_BYTES = 64 * 1024;

/** How long a person waits for the first tile after an upload, in ms. */
export interface FirstTile {
  /** From the sending of the last 64 KiB to the answer that the image is there. */
  readonly importedMs: number;
  /** From there on until the first tile has been received. */
  readonly tileMs: number;
  readonly totalMs: number;
  /** The same bytes copied and summed (SHA-256) on this machine: what an upload would cost at the end, done then. */
  readonly copyAndSumMs: number;
}

export interface Ours extends TileServer {
  readonly firstTiles: readonly FirstTile[];
}

/** The shipped stack: core/src/main.ts with its embedded database, a signed-in session, the slide uploaded through the API. */
export async function startOurs(
  slide: BenchSlide,
  dataDir: string,
  options: { readonly uploads: number; readonly nodeArgs?: readonly string[] },
): Promise<Ours> {
  const server = await startServerProcess({
    dataDir,
    prefix: onCore(0),
    nodeArgs: options.nodeArgs ?? [],
    env: { EXACT_LOG_LEVEL: 'warn' },
  });
  try {
    const browser = await signIn(() => server.url);
    const { imageSetId } = await createImageSet(browser);
    const firstTiles: FirstTile[] = [];
    let imageId = 0;
    for (let round = 0; round < options.uploads; round++) {
      const measured = await uploadAndLook(server.url, browser, imageSetId, slide);
      ({ imageId } = measured);
      firstTiles.push({ ...measured.times, copyAndSumMs: await copyAndSum(slide.path, join(dataDir, 'copy.tif')) });
    }
    const { body } = await browser.request<{ contentVersion: string }>('GET', `/images/${imageId}`);
    return {
      id: 'ours',
      title: 'Exact: session, rights, ETag',
      url: server.url,
      cookie: browser.cookie,
      pids: [server.pid],
      pathOf: ({ level, col, row }) =>
        `/api/v2/images/${imageId}/tiles/${level}/${col}/${row}?v=${body.contentVersion}`,
      pixels: 'stored',
      firstTiles,
      close: async () => void (await server.end('SIGTERM')),
    };
  } catch (error) {
    await server.end('SIGTERM');
    throw error;
  }
}

async function uploadAndLook(
  url: string,
  { cookie }: Browser,
  imageSetId: number,
  slide: BenchSlide,
): Promise<{ imageId: number; times: Omit<FirstTile, 'copyAndSumMs'> }> {
  const { location } = await createUpload(
    url,
    slide.sizeBytes,
    { imageSetId: String(imageSetId), filename: 'mosaic.tif' },
    { cookie },
  );
  const last = Math.max(0, slide.sizeBytes - LAST_PIECE_BYTES);
  const file = await open(slide.path);
  const piece = async (from: number, to: number): Promise<Buffer> =>
    (await file.read(Buffer.alloc(to - from), 0, to - from, from)).buffer;
  try {
    let interruptions = 0;
    for (let offset = 0; offset < last;) {
      // A lost connection is nothing to a tus client: it asks how much has arrived and goes on from there.
      try {
        await patchUpload(location, offset, await piece(offset, Math.min(last, offset + PIECE_BYTES)), { cookie });
      } catch (error) {
        interruptions++;
        console.warn(`The upload was interrupted at ${offset} bytes: ${String(error)}`);
        if (interruptions > 10) throw new Error('The upload was interrupted more than ten times.', { cause: error });
      }
      const { headers } = await askUpload(location, 'HEAD', { cookie });
      offset = Number(headers.get('upload-offset'));
    }
    const bytes = await piece(last, slide.sizeBytes);
    const sentAt = performance.now();
    const imported = await patchUpload(location, last, bytes, { cookie });
    const importedAt = performance.now();
    const imageId = Number(imported.headers.get('exact-image-id'));
    if (imported.status !== 204 || imageId === 0)
      throw new Error(`The upload answered ${imported.status}: ${JSON.stringify(imported.problem)}`);
    const tile = await fetch(`${url}/api/v2/images/${imageId}/tiles/0/0/0`, { headers: { cookie } });
    await tile.arrayBuffer();
    const seenAt = performance.now();
    if (tile.status !== 200) throw new Error(`The first tile answered ${tile.status}.`);
    return {
      imageId,
      times: { importedMs: importedAt - sentAt, tileMs: seenAt - importedAt, totalMs: seenAt - sentAt },
    };
  } finally {
    await file.close();
  }
}

async function copyAndSum(path: string, target: string): Promise<number> {
  const startedAt = performance.now();
  await copyFile(path, target);
  await pipeline(createReadStream(target, { highWaterMark: 1 << 20 }), createHash('sha256'));
  const took = performance.now() - startedAt;
  await rm(target);
  return took;
}
