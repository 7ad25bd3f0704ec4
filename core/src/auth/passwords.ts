import { WeakPasswordError } from '@exact/sdk/contract';
import { hash, type Options, verify } from '@node-rs/argon2';
import { isCommonPassword } from './common-passwords.ts';

/** OWASP Password Storage Cheat Sheet: argon2id with 19 MiB, 2 passes, 1 lane. argon2id is the library's default. */
const ARGON2: Options = { memoryCost: 19_456, timeCost: 2, parallelism: 1 };
const MIN_LENGTH = 12;

/** Each hash takes a thread of libuv's pool and 19 MiB; two at once leave threads for files, whatever sign-ins come in. */
const MAX_AT_ONCE = 2;

/** @returns PHC string; about 30 ms of one core, after those that wait already */
export function hashPassword(password: string): Promise<string> {
  return queued(() => hash(normalize(password), ARGON2));
}

/**
 * Compares a password with its hash.
 *
 * @param stored - nothing for an account that is unknown or has no password: the same work is done, the answer is no
 */
export async function verifyPassword(stored: string | null | undefined, password: string): Promise<boolean> {
  const expected = stored ?? (await decoy());
  const isEqual = await queued(() => verify(expected, normalize(password)));
  return isEqual && stored != null;
}

/**
 * Checks a new password. Length and a list of common ones decide, no rules of composition (OWASP ASVS 5.0, 6.2).
 *
 * @throws {@link WeakPasswordError} that says why
 */
export function checkPassword(password: string, username: string): void {
  const refuse = (reason: string): never => {
    throw new WeakPasswordError({ reason });
  };
  const plain = normalize(password).toLowerCase();
  const name = username.trim().toLowerCase();
  if ([...plain].length < MIN_LENGTH)
    refuse(`it has fewer than ${MIN_LENGTH} characters. Take some words that make a sentence.`);
  if (new Set(plain).size < 4) refuse('it repeats very few characters.');
  if (plain.replaceAll(name, '').length < 8 && plain.includes(name)) refuse('it is little more than the user name.');
  if (isCommonPassword(plain)) refuse('it is one of those that are tried first.');
}

/** NFKC: the same password typed on another keyboard or system is the same bytes (NIST SP 800-63B, 3.1.1.2). */
function normalize(password: string): string {
  return password.normalize('NFKC');
}

let decoyHash: Promise<string> | undefined;
function decoy(): Promise<string> {
  return (decoyHash ??= hashPassword('nobody has this password'));
}

let running = 0;
const waiting: (() => void)[] = [];

async function queued<T>(work: () => Promise<T>): Promise<T> {
  if (running >= MAX_AT_ONCE) await new Promise<void>((resolve) => waiting.push(resolve));
  else running += 1;
  try {
    return await work();
  } finally {
    const next = waiting.shift();
    if (next)
      next(); // hands its place on, so `running` stays
    else running -= 1;
  }
}
