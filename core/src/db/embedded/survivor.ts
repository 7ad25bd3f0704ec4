import { readFileSync, rmSync } from 'node:fs';
import { basename, join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';

import { processCommand, processIdentity } from './process-identity.ts';
import { SOCKET_PREFIX } from './socket-folder.ts';

/**
 * Ends a server that outlived the program that started it (kill -9 of the program), and clears what dead ones left behind.
 *
 * It is stopped and not adopted: the next server is then our child, its end is seen at once, and it has our settings. Its
 * clients died with the program, so a fast stop takes about 0.1 s and loses nothing.
 *
 * @returns process id of the server that was ended, if there was one
 */
export async function endSurvivor(data: string): Promise<number | undefined> {
  const file = join(data, 'postmaster.pid');
  const lines = readLines(file); // pid, data folder, start time, port, socket folder, …
  if (!lines) return undefined;
  const pid = Number(lines[0]);
  const socketFolder = lines[4];
  const command = Number.isSafeInteger(pid) && pid > 0 ? processCommand(pid) : undefined;
  let ended: number | undefined;
  if (command?.includes('postgres') && command.includes(data)) {
    await endProcess(pid);
    ended = pid;
  } else if (command !== undefined) {
    // The number now belongs to a stranger, for whom PostgreSQL would refuse to start.
    rmSync(file, { force: true });
  }
  if (socketFolder && basename(socketFolder).startsWith(SOCKET_PREFIX))
    rmSync(socketFolder, { recursive: true, force: true });
  return ended;
}

/** Ends a server process: fast stop (transactions are undone), after 10 s at once, after 5 s more by force. */
export async function endProcess(pid: number): Promise<void> {
  const identity = processIdentity(pid);
  if (identity === undefined) return;
  for (const [signal, patienceMs] of [
    ['SIGINT', 10_000],
    ['SIGQUIT', 5_000],
    ['SIGKILL', 5_000],
  ] as const) {
    try {
      process.kill(pid, signal);
    } catch {
      return;
    }
    for (const end = Date.now() + patienceMs; Date.now() < end; await delay(10)) {
      if (processIdentity(pid) !== identity) return;
    }
  }
}

function readLines(file: string): string[] | undefined {
  try {
    return readFileSync(file, 'utf8').split('\n');
  } catch {
    return undefined;
  }
}
