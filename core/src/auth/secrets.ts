import { createHash, randomBytes, timingSafeEqual } from 'node:crypto';

/** 256 random bits in 43 characters of base64url. */
export function randomSecret(): string {
  return randomBytes(32).toString('base64url');
}

export const SECRET_FORM = /^[A-Za-z0-9_-]{43}$/;

/** What is stored of a secret. Fast on purpose: 256 random bits cannot be guessed, so there is nothing to slow down. */
export function hashSecret(secret: string): Buffer {
  return createHash('sha256').update(secret).digest();
}

export function isSameSecret(secret: string, hash: Buffer): boolean {
  return timingSafeEqual(hashSecret(secret), hash);
}
