import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { readdirSync, readFileSync } from 'node:fs';
import { createServer } from 'node:net';
import type { AddressInfo } from 'node:net';
import { availableParallelism } from 'node:os';

/** Whether a program is on the path. */
export function hasProgram(name: string): boolean {
  try {
    execFileSync('sh', ['-c', `command -v ${name}`], { stdio: 'ignore' });
    return true;
  } catch {
    return false;
  }
}

/** Words before a command that keep it on one core: servers on the first, the client on the second. Empty where that cannot be. */
export function onCore(core: 0 | 1): readonly string[] {
  return hasProgram('taskset') && availableParallelism() > 1 ? ['taskset', '-c', String(core)] : [];
}

export async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  server.close();
  await once(server, 'close');
  return port;
}

/** Starts a program and waits until `isUp`; what it writes is in the error when it does not come up. */
export async function startProgram(
  command: readonly string[],
  isUp: () => Promise<boolean>,
  options: { readonly env?: NodeJS.ProcessEnv } = {},
): Promise<ChildProcess> {
  const [program = '', ...args] = command;
  const child = spawn(program, args, {
    stdio: ['ignore', 'pipe', 'pipe'],
    env: { PATH: process.env.PATH, ...options.env },
  });
  let said = '';
  for (const stream of [child.stdout, child.stderr])
    stream?.setEncoding('utf8').on('data', (text: string) => (said = (said + text).slice(-4000)));
  for (const end = performance.now() + 20_000; performance.now() < end && child.exitCode === null;) {
    if (await isUp().catch(() => false)) return child;
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
  child.kill('SIGKILL');
  throw new Error(`${command.join(' ')} did not come up: ${said}`);
}

export async function endProgram(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const ended = once(child, 'exit');
  child.kill('SIGTERM');
  await ended;
}

const TICKS_PER_S = 100; // USER_HZ, the same on all Linux platforms that Node runs on

/** Processor time that processes and all their descendants have used so far, in µs. Those that have ended count in their parents. */
export function processorTimeUs(pids: readonly number[]): number {
  const all = new Map<number, { readonly parent: number; readonly ticks: number }>();
  for (const name of readdirSync('/proc')) {
    if (!/^\d+$/.test(name)) continue;
    try {
      // The name of the program stands in parentheses and may hold anything; fields count from behind it.
      const fields = readFileSync(`/proc/${name}/stat`, 'utf8')
        .replace(/^.*\) /s, '')
        .split(' ')
        .map(Number);
      const [parent = 0, utime = 0, stime = 0, cutime = 0, cstime = 0] = [
        fields[1],
        fields[11],
        fields[12],
        fields[13],
        fields[14],
      ];
      all.set(Number(name), { parent, ticks: utime + stime + cutime + cstime });
    } catch {
      // has ended meanwhile
    }
  }
  const isWithin = (pid: number): boolean =>
    pids.includes(pid) || (all.has(pid) && isWithin(all.get(pid)?.parent ?? 0));
  return [...all].reduce((sum, [pid, { ticks }]) => sum + (isWithin(pid) ? ticks : 0), 0) * (1e6 / TICKS_PER_S);
}

/** Most memory that a process has had in its life, in MB; 0 where the system does not tell. */
export function peakMemoryMb(pid: number): number {
  try {
    return Math.round(Number(/^VmHWM:\s+(\d+)/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1] ?? 0) / 1024);
  } catch {
    return 0;
  }
}
