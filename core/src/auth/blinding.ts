import type { Collaboration, ProjectRole } from '@exact/sdk/contract';
import type { Principal } from '@exact/sdk/server';
import type { Services } from '../services.ts';
import type { AccessNotices } from './notices.ts';

/** How somebody works in a project. */
export interface Sight {
  readonly mode: Collaboration;
  /** Sees their own annotations and shown layers only; for them, the whole system behaves as if nobody else had worked. */
  readonly isBlinded: boolean;
  /** Layers that blinded people share. */
  readonly shownLayerIds: readonly number[];
}

/** Whoever is asked about; nobody in particular (the platform itself) owns nothing, and is blinded where others are. */
export type Reader = Pick<Principal, 'userId' | 'isAdmin'> | undefined;

/**
 * Tells who works blind: in a project in the mode `blind` everybody but its managers and the administrators of the instance. Every
 * door that tells of others' work asks here. Sealed in core: whether any plugin is on makes no difference.
 */
export interface Blinding {
  /** Kept in memory until rights, mode or layers change, for 30 s at most: two look-ups in Maps. */
  of(reader: Reader, projectId: number): Promise<Sight>;
}

/** As for rights: the bound for a process that a notice did not reach. */
const RECHECK_MS = 30_000;
const MAX_KNOWN = 100_000;

/** Of a project that is not there: nothing is shown to anybody. */
const NOTHING: Sight = Object.freeze({ mode: 'blind', isBlinded: true, shownLayerIds: [] });

interface SightRow {
  readonly collaboration: Collaboration;
  readonly role: ProjectRole | null;
  readonly layers: readonly number[];
}

export function createBlinding({ database }: Pick<Services, 'database'>, notices: Pick<AccessNotices, 'on'>): Blinding {
  const known = new Map<number, Map<number, { readonly sight: Sight; readonly checkAgainAt: number }>>();
  let size = 0;
  let generation = 0;

  const forgetAll = (): void => {
    generation += 1;
    size = 0;
    known.clear();
  };
  notices.on(({ about }) => {
    if (about !== 'session' && about !== 'token') forgetAll();
  });

  async function read(userId: number, isAdmin: boolean, projectId: number): Promise<Sight> {
    const [row] = await database.sql.query<SightRow>(
      `select p.collaboration, m.role,
         array(select id from core.annotation_layer l where l.project_id = p.id and l.shown order by id) as layers
       from core.project p left join core.project_member m on m.project_id = p.id and m.user_id = $2 where p.id = $1`,
      [projectId, userId],
    );
    if (!row) return NOTHING;
    const isBlinded = row.collaboration === 'blind' && !isAdmin && row.role !== 'manager';
    return Object.freeze({ mode: row.collaboration, isBlinded, shownLayerIds: Object.freeze(row.layers) });
  }

  return {
    async of(reader, projectId) {
      const { userId, isAdmin } = reader ?? { userId: 0, isAdmin: false };
      // Who is made an administrator is somebody else here, so that nothing old is used for them.
      const who = isAdmin ? -userId : userId;
      const entry = known.get(projectId)?.get(who);
      if (entry && Date.now() < entry.checkAgainAt) return entry.sight;
      const before = generation;
      const sight = await read(userId, isAdmin, projectId);
      if (generation !== before) return sight; // what changed meanwhile may have come too late for it: not kept
      if (size >= MAX_KNOWN) forgetAll();
      const people = known.get(projectId) ?? new Map<number, { sight: Sight; checkAgainAt: number }>();
      if (!people.has(who)) size += 1;
      people.set(who, { sight, checkAgainAt: Date.now() + RECHECK_MS });
      known.set(projectId, people);
      return sight;
    },
  };
}
