import type { Principal } from '@exact/sdk/server';
import type { AccessNotice, AccessNotices } from './notices.ts';

/** Whoever is asked about; nobody in particular (the platform itself) is a reader, too. */
export type Reader = Pick<Principal, 'userId' | 'isAdmin'> | undefined;

/** As for rights: the bound for a process that a notice did not reach. */
const RECHECK_MS = 30_000;
const MAX_KNOWN = 100_000;

interface Entry<V> {
  readonly value: V;
  readonly checkAgainAt: number;
}

/** What was found out about a person in a project, kept until a notice says that it may be something else by now. */
export interface SightCache<V> {
  /** @returns nothing when it has to be looked up. Two look-ups in Maps */
  find(reader: Reader, projectId: number): { readonly value: V } | undefined;
  /**
   * Gives what is known, or looks it up and keeps it, unless something changed meanwhile. Whoever asks the same until then waits for the
   * same look-up: a page asks for a dozen things at once, and a change lets everybody ask anew.
   */
  get(reader: Reader, projectId: number, lookUp: () => Promise<V>): Promise<V>;
}

export function createSightCache<V>(notices: Pick<AccessNotices, 'on'>): SightCache<V> {
  const projects = new Map<number, Map<number, Entry<V>>>();
  /** Look-ups that are under way since the last change. */
  const asked = new Map<string, Promise<V>>();
  let size = 0;
  let generation = 0;

  function forget(notice: AccessNotice): void {
    if (notice.about === 'session' || notice.about === 'token') return;
    generation += 1;
    asked.clear();
    if (notice.about === 'project') {
      size -= projects.get(notice.id)?.size ?? 0;
      projects.delete(notice.id);
    } else {
      size = 0;
      projects.clear();
    }
  }
  notices.on(forget);

  // Who was made an administrator is somebody else here, so that nothing old is used for them.
  const nameOf = (reader: Reader): number => (reader?.isAdmin ? -reader.userId : (reader?.userId ?? 0));

  function keep(reader: Reader, projectId: number, value: V): void {
    if (size >= MAX_KNOWN) forget({ about: 'everything' });
    const people = projects.get(projectId) ?? new Map<number, Entry<V>>();
    if (!people.has(nameOf(reader))) size += 1;
    people.set(nameOf(reader), { value, checkAgainAt: Date.now() + RECHECK_MS });
    projects.set(projectId, people);
  }

  const find: SightCache<V>['find'] = (reader, projectId) => {
    const entry = projects.get(projectId)?.get(nameOf(reader));
    return entry && Date.now() < entry.checkAgainAt ? entry : undefined;
  };

  return {
    find,
    get(reader, projectId, lookUp) {
      const entry = find(reader, projectId);
      if (entry) return Promise.resolve(entry.value);
      const key = `${projectId} ${nameOf(reader)}`;
      const running = asked.get(key);
      if (running) return running;
      const before = generation;
      const isUpToDate = (): boolean => generation === before;
      const looking = lookUp()
        .then((value) => {
          if (isUpToDate()) keep(reader, projectId, value);
          return value;
        })
        .finally(() => {
          if (isUpToDate()) asked.delete(key);
        });
      if (isUpToDate()) asked.set(key, looking);
      return looking;
    },
  };
}
