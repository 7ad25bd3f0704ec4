import { isIP } from 'node:net';
import { availableParallelism } from 'node:os';
import { resolve } from 'node:path';
import { z } from 'zod';

const LOG_LEVELS = ['trace', 'debug', 'info', 'warn', 'error', 'fatal'] as const;

/** What the operator decides, checked and ready for use. Read once, at the start; nothing else looks at the environment. */
export interface Config {
  /** Address to listen on: a name or an IP address. */
  readonly host: string;
  /** Port to listen on; 0 takes any free one. */
  readonly port: number;
  /** PostgreSQL of the operator; undefined starts the embedded one. */
  readonly databaseUrl: string | undefined;
  /** Folder of all data, absolute. */
  readonly dataDir: string;
  /** Origin under which browsers see the platform, such as `https://exact.example.org`; undefined takes host and port. */
  readonly publicUrl: string | undefined;
  /** Whether `X-Forwarded-…` headers are believed: only behind a proxy that writes them itself, as docker/nginx does. */
  readonly trustProxy: boolean;
  /** Whether the first start makes the demo project. */
  readonly demo: boolean;
  /** Administrator that the first start makes. */
  readonly admin: { readonly user: string; readonly password: string } | undefined;
  /** Whether a plugin that fails stops the start. */
  readonly pluginsStrict: boolean;
  readonly logLevel: (typeof LOG_LEVELS)[number];
  /** Whether logs are written for people (a terminal) instead of as JSON lines. */
  readonly logPretty: boolean;
  /** Number of threads for jobs. */
  readonly workers: number;
  /** Largest file of an annotation, in bytes. */
  readonly mediaMaxBytes: number;
  /** Largest file of annotations that is taken in. */
  readonly importMaxBytes: number;
}

/** The environment holds wrong values. The message lists all of them, one a line, each with name, value and what is allowed. */
export class ConfigError extends Error {
  override readonly name = 'ConfigError';
  readonly code = 'CONFIG_INVALID';
  readonly problems: readonly string[];

  constructor(problems: readonly string[]) {
    super(`The configuration is not usable:\n${problems.map((problem) => `  - ${problem}`).join('\n')}`);
    this.problems = problems;
  }
}

interface Variable<Value> {
  readonly schema: z.ZodType<Value, string | undefined>;
  /** Completes the sentence "Allowed: …". */
  readonly allowed: string;
  /** How the value may be shown; secrets are not shown at all. */
  readonly show?: (value: string) => string;
}

const whole = (min: number, max: number) =>
  z.string().regex(/^\d+$/).transform(Number).pipe(z.number().int().min(min).max(max));

const flag = (preset: boolean): Variable<boolean> => ({
  schema: z
    .enum(['0', '1'])
    .transform((value) => value === '1')
    .default(preset),
  allowed: `0 or 1 (default ${preset ? 1 : 0})`,
});

const hidden = (): string => '(hidden)';
const defaultWorkers = Math.max(1, availableParallelism() - 1);

const VARIABLES = {
  HOST: {
    schema: z.string().refine(isHost).default('127.0.0.1'),
    allowed: 'an IP address or a host name (default 127.0.0.1; 0.0.0.0 for all networks)',
  },
  PORT: {
    schema: whole(0, 65_535).default(8000),
    allowed: 'a whole number from 0 to 65535 (default 8000; 0 takes any free port)',
  },
  DATABASE_URL: {
    schema: z
      .string()
      .refine((value) => hasProtocol(value, ['postgres:', 'postgresql:']))
      .optional(),
    allowed: 'postgres://user:password@host:5432/database, or nothing for the embedded database',
    show: hidePassword,
  },
  EXACT_DATA_DIR: {
    schema: z
      .string()
      .refine((value) => !value.includes('\0'))
      .default('./data')
      .transform((value) => resolve(value)),
    allowed: 'a path of a folder (default ./data)',
  },
  EXACT_PUBLIC_URL: {
    schema: z
      .string()
      .refine(isOrigin)
      .transform((value) => new URL(value).origin)
      .optional(),
    allowed: 'an address like https://exact.example.org, with http or https and without path, user or query',
    show: hidePassword,
  },
  EXACT_TRUST_PROXY: flag(false),
  EXACT_DEMO: {
    schema: z
      .enum(['0', '1'])
      .transform((value) => value === '1')
      .optional(),
    allowed: '0 or 1 (default 1 where only this machine can reach the server, else 0)',
  },
  EXACT_ADMIN_USER: {
    schema: z
      .string()
      .regex(/^[\p{L}\p{N}._@+-]{1,150}$/u)
      .optional(),
    allowed: '1 to 150 letters, digits and . _ @ + -',
  },
  EXACT_ADMIN_PASSWORD: { schema: z.string().min(12).optional(), allowed: '12 characters or more', show: hidden },
  EXACT_PLUGINS_STRICT: flag(false),
  EXACT_LOG_LEVEL: {
    schema: z.enum(LOG_LEVELS).default('info'),
    allowed: `one of ${LOG_LEVELS.join(', ')} (default info)`,
  },
  EXACT_LOG_PRETTY: flag(process.stdout.isTTY === true),
  EXACT_MEDIA_MAX_MB: {
    schema: whole(1, 8000).default(200),
    allowed: 'a whole number from 1 to 8000 (default 200): largest picture, sound or film of an annotation, in MB',
  },
  EXACT_WORKERS: {
    schema: whole(1, 256).default(defaultWorkers),
    allowed: `a whole number from 1 to 256 (default: processor cores less one, here ${defaultWorkers})`,
  },
  EXACT_IMPORT_MAX_MB: {
    schema: whole(1, 1_048_576).default(4096),
    allowed: 'a whole number from 1 to 1048576 (default 4096): largest file of annotations, in MiB',
  },
} satisfies Record<string, Variable<unknown>>;

type Values = { [Name in keyof typeof VARIABLES]: z.output<(typeof VARIABLES)[Name]['schema']> };

/**
 * Reads the configuration from environment variables. An empty variable counts as not set.
 *
 * @throws {@link ConfigError} with every wrong value at once, so that one correction is enough
 */
export function loadConfig(env: Readonly<Record<string, string | undefined>>): Config {
  const problems: string[] = [];
  const values: Record<string, unknown> = {};
  for (const [name, { schema, allowed, show }] of Object.entries<Variable<unknown>>(VARIABLES)) {
    const raw = env[name] === '' ? undefined : env[name];
    const result = schema.safeParse(raw);
    if (result.success) values[name] = result.data;
    else problems.push(`${name} is ${JSON.stringify((show ?? String)(raw ?? ''))}. Allowed: ${allowed}.`);
  }
  for (const [name, other] of [
    ['EXACT_ADMIN_USER', 'EXACT_ADMIN_PASSWORD'],
    ['EXACT_ADMIN_PASSWORD', 'EXACT_ADMIN_USER'],
  ] as const) {
    if (env[name] && !env[other])
      problems.push(`${name} is set and ${other} is not. Allowed: both, or none of the two.`);
  }
  if (problems.length > 0) throw new ConfigError(problems);
  return toConfig(values as Values);
}

function toConfig(values: Values): Config {
  const { EXACT_ADMIN_USER: user, EXACT_ADMIN_PASSWORD: password } = values;
  return Object.freeze({
    host: values.HOST,
    port: values.PORT,
    databaseUrl: values.DATABASE_URL,
    dataDir: values.EXACT_DATA_DIR,
    publicUrl: values.EXACT_PUBLIC_URL,
    trustProxy: values.EXACT_TRUST_PROXY,
    // Its passwords are public: a server that others can reach gets it only when that is asked for.
    demo: values.EXACT_DEMO ?? (isLoopback(values.HOST) && values.EXACT_PUBLIC_URL === undefined),
    admin: user !== undefined && password !== undefined ? Object.freeze({ user, password }) : undefined,
    pluginsStrict: values.EXACT_PLUGINS_STRICT,
    logLevel: values.EXACT_LOG_LEVEL,
    logPretty: values.EXACT_LOG_PRETTY,
    workers: values.EXACT_WORKERS,
    mediaMaxBytes: values.EXACT_MEDIA_MAX_MB * 1_000_000,
    importMaxBytes: values.EXACT_IMPORT_MAX_MB * 1024 ** 2,
  });
}

const isLoopback = (host: string): boolean => /^(127\.\d+\.\d+\.\d+|::1|localhost)$/.test(host);

function isHost(value: string): boolean {
  return isIP(value) !== 0 || /^(?!-)[a-z0-9-]{1,63}(\.[a-z0-9-]{1,63})*$/i.test(value);
}

function hasProtocol(value: string, protocols: readonly string[]): boolean {
  return URL.canParse(value) && protocols.includes(new URL(value).protocol);
}

function isOrigin(value: string): boolean {
  if (!hasProtocol(value, ['http:', 'https:'])) return false;
  const { pathname, search, hash, username, password } = new URL(value);
  return pathname === '/' && `${search}${hash}${username}${password}` === '';
}

/** Keeps what helps to find the mistake; a value that is no URL may hold a password anywhere, so nothing of it is shown. */
function hidePassword(value: string): string {
  if (!URL.canParse(value)) return hidden();
  const url = new URL(value);
  if (url.password) url.password = 'hidden';
  url.search = url.search && '?hidden';
  return url.href;
}
