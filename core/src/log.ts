import type { Logger } from '@exact/sdk/server';
import { pino } from 'pino';

/** Fields that must never reach the log, wherever they stand. */
const SECRET = ['password', 'token', 'secret', 'cookie', 'authorization', 'username', 'displayName', 'privateName', 'filename'];

/** The structured log, one JSON line an entry, to standard output. */
export function createLog(level: string): Logger {
  const log = pino({
    level,
    base: { pid: process.pid },
    timestamp: pino.stdTimeFunctions.isoTime,
    formatters: { level: (label) => ({ level: label }) },
    redact: { paths: [...SECRET, ...SECRET.map((name) => `*.${name}`)], censor: '[hidden]' },
    serializers: { err: pino.stdSerializers.err, error: pino.stdSerializers.err },
  });
  return log as unknown as Logger;
}
