import type { Logger } from '@exact/sdk/server';
import { type LoggerOptions, pino, stdSerializers, stdTimeFunctions } from 'pino';

/** Fields that must never reach the log, wherever they stand. */
const SECRET = [
  'password',
  'token',
  'secret',
  'cookie',
  'authorization',
  'username',
  'displayName',
  'privateName',
  'filename',
];

/** The structured log to standard output: one JSON line an entry, or, for people at a terminal, one readable line. */
export function createLog(level: string, isPretty = false): Logger {
  const options: LoggerOptions = {
    level,
    base: { pid: process.pid },
    timestamp: stdTimeFunctions.isoTime,
    formatters: { level: (label) => ({ level: label }) },
    redact: { paths: [...SECRET, ...SECRET.map((name) => `*.${name}`)], censor: '[hidden]' },
    serializers: { err: stdSerializers.err, error: stdSerializers.err },
  };
  const log = isPretty
    ? pino(options, { write: (line: string) => void process.stdout.write(readable(line)) })
    : pino(options);
  return log as unknown as Logger;
}

function readable(line: string): string {
  const {
    level,
    time,
    msg,
    pid: _,
    err,
    ...fields
  } = JSON.parse(line) as Record<string, unknown> & { err?: { stack?: string } };
  const rest = Object.entries(fields).map(
    ([name, value]) => `${name}=${typeof value === 'object' ? JSON.stringify(value) : String(value)}`,
  );
  const stack = err?.stack ? `\n${err.stack}` : '';
  return `${String(time).slice(11, 19)} ${String(level).padEnd(5)} ${String(msg ?? '')} ${rest.join(' ')}${stack}\n`;
}
