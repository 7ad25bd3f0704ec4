import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync } from 'node:fs';
import { readdir, readFile, rm, statfs, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';

import { createUpload, type TusAnswer, upload } from '../images/tus.ts';
import {
  type Browser,
  createImageSet,
  type ServerProcess,
  signIn,
  SMALL_SLIDE,
  startServerProcess,
} from '../server-process.ts';

const dataDir = mkdtempSync(join(tmpdir(), 'exact-full-'));
const storage = join(dataDir, 'storage');
const cannotMount = mountSmall(storage);

/** A file system of 8 MiB as storage. @returns why that is not possible here */
function mountSmall(folder: string): string | undefined {
  mkdirSync(folder, { recursive: true });
  if (process.getuid?.() !== 0) return 'only root may mount a small file system';
  try {
    execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=8m', 'tmpfs', folder], { stdio: 'pipe' });
    return undefined;
  } catch (error) {
    return `mounting a small file system is not allowed here: ${String((error as { stderr?: Buffer }).stderr).trim()}`;
  }
}

afterAll(async () => {
  if (cannotMount === undefined) execFileSync('umount', [storage]);
  await rm(dataDir, { recursive: true, force: true });
});

if (cannotMount !== undefined) {
  it.skip(`left out: ${cannotMount}`, () => undefined);
} else {
  describe('a full storage', () => {
    let server: ServerProcess;
    let browser: Browser;
    let imageSetId = 0;
    const send = async (name: string): Promise<TusAnswer> =>
      upload(server.url, imageSetId, name, await readFile(SMALL_SLIDE), { cookie: browser.cookie });
    const imageIds = async (): Promise<number[]> =>
      (await browser.request<{ items: { id: number }[] }>('GET', `/image-sets/${imageSetId}/images`)).body.items.map(
        ({ id }) => id,
      );
    const halfUploads = async (): Promise<string[]> => readdir(join(storage, '.scratch/uploads'));

    beforeAll(async () => {
      server = await startServerProcess({ dataDir });
      browser = await signIn(() => server.url);
      imageSetId = (await createImageSet(browser)).imageSetId;
    });
    afterAll(() => server.end('SIGTERM'));

    it('refuses what has no room with a sentence, keeps nothing half, goes on reading, and recovers by itself', async () => {
      const stored: number[] = [];
      let refused: TusAnswer | undefined;
      while (!refused && stored.length < 10) {
        const answer = await send(`slide-${stored.length}.svs`);
        if (answer.status === 204) stored.push(Number(answer.headers.get('exact-image-id')));
        else refused = answer;
      }
      expect(stored.length).toBeGreaterThan(1);
      expectDiskFull(refused);
      expect(await imageIds()).toEqual(stored);
      expect(await halfUploads()).toEqual([]);

      // Not one more byte: now even the beginning of an upload has no room.
      const filler = join(storage, 'filler');
      const { bavail, bsize } = await statfs(storage);
      await writeFile(filler, Buffer.alloc(bavail * bsize));
      expectDiskFull(await send('late.svs'));
      expectDiskFull(
        await createUpload(
          server.url,
          1000,
          { imageSetId: String(imageSetId), filename: 'later.svs' },
          { cookie: browser.cookie },
        ),
      );
      expect(await halfUploads()).toEqual([]);

      for (const id of stored) {
        const tile = await fetch(`${server.url}/api/v2/images/${id}/tiles/0/0/0`, {
          headers: { cookie: browser.cookie },
        });
        expect({ status: tile.status, type: tile.headers.get('content-type') }).toEqual({
          status: 200,
          type: 'image/jpeg',
        });
        expect((await tile.arrayBuffer()).byteLength).toBeGreaterThan(1000);
      }
      expect((await browser.request('PATCH', `/image-sets/${imageSetId}`, { name: 'Renamed while full' })).status).toBe(
        200,
      );

      await rm(filler);
      const removed = await browser.request('POST', `/image-sets/${imageSetId}/images/delete`, {
        imageIds: stored.slice(0, 1),
      });
      expect(removed).toMatchObject({ status: 200, body: { deleted: 1 } });
      const again = await send('after.svs');
      expect(again.status).toBe(204);
      expect(await imageIds()).toEqual([...stored.slice(1), Number(again.headers.get('exact-image-id'))]);
      expect(server.output()).not.toContain('unexpected error');
    });
  });
}

function expectDiskFull(answer: TusAnswer | undefined): void {
  expect({ status: answer?.status, code: answer?.problem?.code }).toEqual({ status: 507, code: 'DISK_FULL' });
  expect(answer?.headers.get('content-type')).toContain('application/problem+json');
  expect(answer?.problem?.detail).toMatch(/full/);
}
