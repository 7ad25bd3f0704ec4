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
  /** Call it before the look-up. @returns keeps the answer, unless something changed since */
  remember(reader: Reader, projectId: number): (value: V) => void;
}

export function createSightCache<V>(notices: Pick<AccessNotices, 'on'>): SightCache<V> {
  const projects = new Map<number, Map<number, Entry<V>>>();
  let size = 0;
  let generation = 0;

  function forget(notice: AccessNotice): void {
    if (notice.about === 'session' || notice.about === 'token') return;
    generation += 1;
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

  return {
    find(reader, projectId) {
      const entry = projects.get(projectId)?.get(nameOf(reader));
      return entry && Date.now() < entry.checkAgainAt ? entry : undefined;
    },
    remember(reader, projectId) {
      const before = generation;
      return (value) => {
        if (generation !== before) return;
        if (size >= MAX_KNOWN) forget({ about: 'everything' });
        const people = projects.get(projectId) ?? new Map<number, Entry<V>>();
        if (!people.has(nameOf(reader))) size += 1;
        people.set(nameOf(reader), { value, checkAgainAt: Date.now() + RECHECK_MS });
        projects.set(projectId, people);
      };
    },
  };
}
