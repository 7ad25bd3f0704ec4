import { DiskFullError } from '@exact/sdk/contract';

/** Turns "no space left" and "quota exceeded" of the operating system into the error that people are told. */
export function asDiskError(error: unknown): unknown {
  const code = (error as NodeJS.ErrnoException | undefined)?.code;
  return code === 'ENOSPC' || code === 'EDQUOT' ? new DiskFullError({}, { cause: error }) : error;
}
