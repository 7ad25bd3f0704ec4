import { Agent, request } from 'node:http';
import { isMainThread, parentPort, Worker } from 'node:worker_threads';

/** Asks one server, one question after the other, on one connection. */
export interface Client {
  /** @param url - answered with 200, or the run ends. @returns time from asking to the last byte, in ms */
  time(url: string, headers?: Headers): Promise<number>;
  read(url: string, headers?: Headers): Promise<ArrayBuffer>;
  close(): Promise<void>;
}

type Headers = Readonly<Record<string, string>>;

interface Question {
  readonly url: string;
  readonly headers: Headers;
  readonly wantsBytes: boolean;
}
type Answer = { readonly ms: number; readonly bytes?: ArrayBuffer } | { readonly problem: string };

/**
 * Starts a client in a thread of its own: the garbage of one server's answers, 8 MB of JSON among them, is not collected while
 * another server is timed. Bytes are counted and not put together unless they are wanted.
 */
export function createClient(): Client {
  const worker = new Worker(new URL(import.meta.url));
  const ask = (url: string, headers: Headers, wantsBytes: boolean): Promise<Exclude<Answer, { problem: string }>> =>
    new Promise((resolve, reject) => {
      worker.once('message', (answer: Answer) => {
        if ('problem' in answer) reject(new Error(`${url} ${answer.problem}`));
        else resolve(answer);
      });
      worker.postMessage({ url, headers, wantsBytes } satisfies Question);
    });
  return {
    time: async (url, headers = {}) => (await ask(url, headers, false)).ms,
    read: async (url, headers = {}) => (await ask(url, headers, true)).bytes ?? new ArrayBuffer(),
    close: async () => void (await worker.terminate()),
  };
}

const agent = new Agent({ keepAlive: true, maxSockets: 1 });

function answer({ url, headers, wantsBytes }: Question): Promise<Answer> {
  return new Promise((resolve) => {
    const startedAt = performance.now();
    const fail = (error: unknown): void => resolve({ problem: String(error) });
    request(url, { agent, headers }, (response) => {
      const pieces: Buffer[] = [];
      const isKept = wantsBytes || response.statusCode !== 200;
      response.on('data', (piece: Buffer) => isKept && pieces.push(piece));
      response.on('error', fail);
      response.on('end', () => {
        const ms = performance.now() - startedAt;
        const bytes = Buffer.concat(pieces);
        if (response.statusCode !== 200) fail(`answered ${response.statusCode}: ${bytes.toString()}`);
        else resolve({ ms, ...(wantsBytes ? { bytes: Uint8Array.from(bytes).buffer } : {}) });
      });
    })
      .on('error', fail)
      .end();
  });
}

if (!isMainThread)
  parentPort?.on(
    'message',
    (question: Question) => void answer(question).then((said) => parentPort?.postMessage(said)),
  );
