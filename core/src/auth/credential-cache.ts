import type { AccessNotice, AccessNotices } from './notices.ts';

/** How long a credential is believed without asking the database: the bound for a process that a notice did not reach. */
export const RECHECK_MS = 30_000;
const MAX_ENTRIES = 10_000;

export interface CachedCredential {
  readonly userId: number;
  /** Row of the session or token. */
  readonly id: number;
  /** Milliseconds since 1970 from which it is no longer valid, whatever the database says. */
  readonly validUntil: number;
}

/** Credentials that the database has confirmed lately, by their value as it stands in the header. */
export interface CredentialCache<T extends CachedCredential> {
  /** One look-up in a Map. */
  get(value: string): T | undefined;
  /**
   * Asks `read` and keeps its answer, unless a notice about that person or credential came while it was reading: then the
   * answer may be from before the change and is used for this one request only.
   */
  fill(value: string, read: () => Promise<T | undefined>): Promise<T | undefined>;
}

export function createCredentialCache<T extends CachedCredential>(
  kind: 'session' | 'token',
  notices: AccessNotices,
): CredentialCache<T> {
  const entries = new Map<string, { readonly credential: T; readonly checkAgainAt: number }>();
  let generation = 0;

  notices.on((notice) => {
    if (notice.about === 'grants') return;
    generation += 1;
    for (const [value, { credential }] of entries) if (isAbout(notice, credential)) entries.delete(value);
  });

  const isAbout = (notice: AccessNotice, credential: T): boolean => {
    if (notice.about === 'everything') return true;
    if (notice.about === 'user') return notice.id === credential.userId;
    return notice.about === kind && 'id' in notice && notice.id === credential.id;
  };

  return {
    get(value) {
      const entry = entries.get(value);
      return entry !== undefined && Date.now() < entry.checkAgainAt ? entry.credential : undefined;
    },
    async fill(value, read) {
      const before = generation;
      const credential = await read();
      entries.delete(value);
      if (credential && generation === before) {
        if (entries.size >= MAX_ENTRIES) entries.delete(entries.keys().next().value as string); // the one confirmed longest ago
        entries.set(value, { credential, checkAgainAt: Math.min(Date.now() + RECHECK_MS, credential.validUntil) });
      }
      return credential;
    },
  };
}
