import { ConflictError } from '@exact/sdk/contract';

/**
 * Runs a statement and tells a violated rule of the database as what it means to a person. Asking first would not do: two
 * requests can ask at the same time, and only the index sees both.
 *
 * @param meanings - by name of the unique index or foreign key: what is in the way, and why
 * @throws {@link ConflictError} with the database's own error as cause; any other error as it is
 */
export async function orConflict<T>(
  meanings: Readonly<Record<string, { what: string; reason: string }>>,
  work: () => Promise<T>,
): Promise<T> {
  try {
    return await work();
  } catch (error) {
    const { constraint } = error as { constraint?: unknown };
    if (typeof constraint === 'string' && Object.hasOwn(meanings, constraint)) {
      throw new ConflictError(meanings[constraint] as { what: string; reason: string }, { cause: error });
    }
    throw error;
  }
}
