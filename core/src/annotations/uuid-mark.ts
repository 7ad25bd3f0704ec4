import type { CleanDraft, Problem } from './validate.ts';

/**
 * The last 8 hexadecimal digits of the UUIDs that somebody gives to annotations while they work blind: their user id. No two
 * people can make the same UUID then, so nobody finds out that another one has used it.
 */
export const uuidMarkOf = (userId: number): string => userId.toString(16).padStart(8, '0');

/** Puts the mark into a UUID; its version and variant are further to the left. */
export const markUuid = (uuid: string, mark: string): string => uuid.slice(0, -mark.length) + mark;

/** Tells what is wrong with the UUID of a new annotation; `mark`: of who works blind. */
export function findMarkProblem({ uuid, index }: CleanDraft, mark: string | undefined): Problem | undefined {
  if (mark === undefined || uuid.endsWith(mark)) return undefined;
  return {
    list: 'create',
    index,
    uuid,
    code: 'UUID_NOT_YOURS',
    message: `in this project, the UUIDs of annotations that you make end in ${mark}; make one that does`,
  };
}
