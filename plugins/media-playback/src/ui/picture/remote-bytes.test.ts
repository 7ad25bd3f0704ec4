import { afterEach, describe, expect, it, vi } from 'vitest';
import { BytesError, remoteBytes } from './remote-bytes.ts';

const file = Uint8Array.from({ length: 700_000 }, (_, i) => (i * 31) % 251);
const asked: string[] = [];

/** A server of that file. */
function serve(answer: (range: string) => Response): void {
  asked.length = 0;
  vi.stubGlobal('fetch', (_: string, init: { headers: { range: string } }) => {
    asked.push(init.headers.range);
    return Promise.resolve(answer(init.headers.range));
  });
}
const byRanges = (range: string): Response => {
  const [from = 0, to = 0] = (/(\d+)-(\d+)/.exec(range) ?? []).slice(1).map(Number);
  return new Response(file.slice(from, to + 1), { status: 206 });
};
afterEach(() => vi.unstubAllGlobals());

describe('a file on the server', () => {
  it('is read in blocks, each asked for once, whoever reads in it', async () => {
    serve(byRanges);
    const source = remoteBytes('/media/x', file.length);
    expect([...(await source.read(0, 8))]).toEqual([...file.slice(0, 8)]);
    expect([...(await source.read(12, 20))]).toEqual([...file.slice(12, 32)]);
    expect(asked).toEqual(['bytes=0-262143']);
    const across = await source.read(262_140, 300_000);
    expect(Buffer.compare(across, file.slice(262_140, 562_140))).toBe(0);
    expect(asked.slice(1).sort()).toEqual(['bytes=262144-524287', 'bytes=524288-699999']);
  });

  it('ends where it ends', async () => {
    serve(byRanges);
    const source = remoteBytes('/media/x', file.length);
    expect((await source.read(699_990, 100)).length).toBe(10);
    expect((await source.read(900_000, 100)).length).toBe(0);
  });

  it('is taken as a whole from a server that knows no ranges', async () => {
    serve(() => new Response(file, { status: 200 }));
    const bytes = await remoteBytes('/media/x', file.length).read(300_000, 4);
    expect([...bytes]).toEqual([...file.slice(300_000, 300_004)]);
  });

  it('whose address has ended is told apart from one that cannot be reached, and is asked for again', async () => {
    serve(() => new Response('', { status: 410 }));
    const source = remoteBytes('/media/x', file.length);
    await expect(source.read(0, 4)).rejects.toMatchObject({ problem: 'gone' });
    serve(() => new Response('', { status: 503 }));
    await expect(source.read(0, 4)).rejects.toMatchObject({ problem: 'unreachable' });
    vi.stubGlobal('fetch', () => Promise.reject(new TypeError('Failed to fetch')));
    await expect(source.read(0, 4)).rejects.toBeInstanceOf(BytesError);
    serve(byRanges);
    expect((await source.read(0, 4)).length).toBe(4);
  });
});
