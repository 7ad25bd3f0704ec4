import { once } from 'node:events';
import { closeSync, mkdtempSync, openSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Principal, SlideReader } from '@exact/sdk/server';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { HookCallers } from '../kernel/hook-caller.ts';
import type { ImagePixels, PixelIndex } from './pixel-index.ts';
import type { OpenSlide, SlideReaders } from './readers.ts';
import { createTileRoute } from './tile-route.ts';
import { createWarmMap } from './warm-map.ts';

const folder = mkdtempSync(join(tmpdir(), 'exact-route-'));
const TILE = Buffer.from([0xff, 0xd8, 0xff, 0xe0, 1, 2, 3, 4]);
const PREFIX = Buffer.from([0xff, 0xd8, 0xff, 0xdb, 9, 9]); // tables, spliced in where the tile's own SOI stands
const SERVED = Buffer.concat([PREFIX, TILE.subarray(2)]);

let fd = 0;
let server: Server;
let slide: OpenSlide;
const events: string[] = [];
const reader = {
  jpegTileLocation: (_level: number, col: number) => ({
    offset: 100 + col * 100,
    length: TILE.length,
    prefix: PREFIX,
    skip: 2,
  }),
} as unknown as SlideReader;

beforeAll(async () => {
  const file = join(folder, 'slide');
  const bytes = Buffer.alloc(1000);
  bytes.set(TILE, 100); // column 0; column 1 holds zeros, column 9 begins where the file ends
  writeFileSync(file, bytes);
  fd = openSync(file, 'r');
  const route = createTileRoute({
    authenticateCached: (): Principal => ({ userId: 1, username: 'ada', isAdmin: false, via: 'session' }),
    mayReadImageCached: () => true,
    index: {
      peek: () => ({ state: 'ready', key: 'key', projectId: 1, contentVersion: 'v1' }) as ImagePixels,
    } as unknown as PixelIndex,
    readers: {
      peek: () => slide,
      borrow: () => {
        events.push('borrowed');
        return { slide, giveBack: () => events.push('given back') };
      },
    } as unknown as SlideReaders,
    hooks: { tiles: { source: { isUsed: () => false }, transform: { isUsed: () => false } } } as unknown as HookCallers,
  });
  server = createServer((req, res) => {
    const otherwise = (): void => {
      events.push('otherwise');
      res.writeHead(422).end();
    };
    if (!route(req, res, otherwise)) otherwise();
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
});

afterAll(() => {
  server.close();
  closeSync(fd);
  rmSync(folder, { recursive: true });
});

beforeEach(() => {
  events.length = 0;
  slide = { reader, fd, warm: createWarmMap(1000), sizeBytes: 1000 };
});

const ask = async (col: number): Promise<{ status: number; bytes: Buffer; etag: string | null }> => {
  const response = await fetch(
    `http://127.0.0.1:${(server.address() as AddressInfo).port}/api/v2/images/7/tiles/0/${col}/0?v=v1`,
  );
  return {
    status: response.status,
    bytes: Buffer.from(await response.arrayBuffer()),
    etag: response.headers.get('etag'),
  };
};

describe('the short way to a tile', () => {
  it('reads a tile by the thread pool the first time, holding the slide open, and at once the second time', async () => {
    expect(await ask(0)).toEqual({ status: 200, bytes: SERVED, etag: '"v1-0-0-0"' });
    expect(events.splice(0)).toEqual(['borrowed', 'given back']);
    expect(await ask(0)).toEqual({ status: 200, bytes: SERVED, etag: '"v1-0-0-0"' });
    expect(events).toEqual([]);
  });

  it.each([
    ['holds no JPEG', 1],
    ['lies behind the end of the file', 9],
  ])('leaves a tile that %s to the ordinary operation, which has the sentence for it', async (_, col) => {
    expect((await ask(col)).status).toBe(422);
    expect(events).toEqual(['borrowed', 'given back', 'otherwise']);
    slide.warm.mark(0, 1000);
    expect((await ask(col)).status).toBe(422);
    expect(events.at(-1)).toBe('otherwise');
  });
});
