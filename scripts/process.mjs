import { spawn } from 'node:child_process';
import { constants } from 'node:os';
import { dirname } from 'node:path';
import process from 'node:process';
import { fileURLToPath } from 'node:url';

/** Folder of the repository. */
export const ROOT = dirname(dirname(fileURLToPath(import.meta.url)));

/** Ends the command with a sentence for the person who typed it, and an exit code. */
export class FailedStep extends Error {
  constructor(message, exitCode = 1) {
    super(message);
    this.exitCode = exitCode;
  }
}

/**
 * Runs a program in the repository, on our terminal, and passes signals on to it.
 *
 * @returns its exit code; 128 + n when signal n ended it, as shells say
 */
export function run(program, args, { env = process.env, shell = false } = {}) {
  return new Promise((resolve, reject) => {
    const child = spawn(program, args, { cwd: ROOT, env, shell, stdio: 'inherit' });
    const pass = (signal) => {
      // At a terminal, Ctrl-C reaches the whole group already; a second one would mean "at once" to the server.
      if (signal === 'SIGINT' && process.stdin.isTTY) return;
      child.kill(signal);
    };
    const signals = ['SIGINT', 'SIGTERM', 'SIGHUP'];
    for (const signal of signals) process.on(signal, pass);
    const settle = (action) => {
      for (const signal of signals) process.off(signal, pass);
      action();
    };
    child.once('error', (error) => {
      settle(() => reject(new FailedStep(`${program} cannot be started: ${error.message}`)));
    });
    child.once('exit', (code, signal) => settle(() => resolve(code ?? 128 + (constants.signals[signal] ?? 0))));
  });
}

/** Runs npm: the one that runs us, else the one on the path. */
export function npm(args, options) {
  const cli = process.env.npm_execpath;
  if (cli && /\.c?js$/.test(cli)) return run(process.execPath, [cli, ...args], options);
  return run('npm', args, { ...options, shell: process.platform === 'win32' }); // there npm is a script for its shell
}

/** Runs a program that must succeed. */
export async function must(promise, message) {
  const code = await promise;
  if (code !== 0) throw new FailedStep(message, code);
}
