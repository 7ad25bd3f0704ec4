import { afterAll, describe, expect, it } from 'vitest';
import { createProcesses } from './processes.ts';

const MODULE = new URL('./misbehaving.fixture.ts', import.meta.url);
const processes = createProcesses({ max: 2 });
afterAll(() => processes.close());
const run = <T>(input: object, options: object = {}) =>
  processes.inProcess<T>(MODULE, input, { timeoutMs: 30_000, memoryMb: 300, ...options });

describe('separate processes', { timeout: 60_000 }, () => {
  it('answer, with buffers, and tell how far they are', async () => {
    const seen: [number, string][] = [];
    const result = await run<{ bytes: Uint8Array; hasSecret: boolean }>(
      { do: 'answer' },
      { onProgress: (fraction: number, step: string) => seen.push([fraction, step]) },
    );
    expect([...result.bytes]).toEqual([1, 2, 3]);
    expect(seen).toEqual([[0.5, 'half']]);
  });

  it('get no secrets of the server in their environment', async () => {
    process.env['DATABASE_URL'] = 'postgres://secret';
    try {
      expect((await run<{ hasSecret: boolean }>({ do: 'answer' })).hasSecret).toBe(false);
    } finally {
      delete process.env['DATABASE_URL'];
    }
  });

  it.each([
    ['throws', { do: 'throw' }, {}, 'MY_CODE'],
    ['dies as a native crash does', { do: 'crash' }, {}, 'TASK_CRASHED'],
    ['leaves', { do: 'exit' }, {}, 'TASK_CRASHED'],
    ['hangs', { do: 'hang' }, { timeoutMs: 3000 }, 'TASK_TIMED_OUT'],
    ['takes all memory outside of the heap', { do: 'eat' }, {}, 'TASK_OUT_OF_MEMORY'],
  ])('that %s end with a code', async (_what, input, options, code) => {
    await expect(run(input, options)).rejects.toMatchObject({ code });
  });

  it('end when nobody wants the answer any more', async () => {
    const abort = new AbortController();
    const running = run({ do: 'hang' }, { signal: abort.signal });
    abort.abort(new Error('gone'));
    await expect(running).rejects.toThrow('gone');
  });

  it('stay warm for the next task, and are replaced after a crash', async () => {
    const pool = processes.warm(MODULE, { memoryMb: 300, timeoutMs: 30_000, size: 1 });
    const pid = async () => (await pool.run<{ pid: number }>({ do: 'answer' })).pid;
    const first = await pid();
    expect(await pid()).toBe(first);
    await expect(pool.run({ do: 'crash' })).rejects.toMatchObject({ code: 'TASK_CRASHED' });
    const second = await pid();
    expect(second).not.toBe(first);
    process.kill(second, 'SIGKILL'); // while it is idle
    await expect.poll(() => isAlive(second), { timeout: 10_000 }).toBe(false);
    expect(await pid()).not.toBe(second);
    pool.close();
  });
});

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
}
