import type { Collaboration, ProjectRole } from '@exact/sdk/contract';
import type { Services } from '../services.ts';
import type { AccessNotices } from './notices.ts';
import { createSightCache, type Reader } from './sight-cache.ts';

/** How somebody works in a project. */
export interface Sight {
  readonly mode: Collaboration;
  /** Sees their own annotations and shown layers only; for them, the whole system behaves as if nobody else had worked. */
  readonly isBlinded: boolean;
  /** Layers that blinded people share. */
  readonly shownLayerIds: readonly number[];
}

/**
 * Tells who works blind: in a project in the mode `blind` everybody but its managers and the administrators of the instance. Every
 * door that tells of others' work asks here. Sealed in core: whether any plugin is on makes no difference.
 */
export interface Blinding {
  /** Kept in memory until rights, mode or layers change, for 30 s at most: two look-ups in Maps. */
  of(reader: Reader, projectId: number): Promise<Sight>;
}

/** Of a project that is not there: nothing is shown to anybody. */
const NOTHING: Sight = Object.freeze({ mode: 'blind', isBlinded: true, shownLayerIds: [] });

interface SightRow {
  readonly collaboration: Collaboration;
  readonly role: ProjectRole | null;
  readonly layers: readonly number[];
}

export function createBlinding({ database }: Pick<Services, 'database'>, notices: Pick<AccessNotices, 'on'>): Blinding {
  const known = createSightCache<Sight>(notices);

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
    of: (reader, projectId) =>
      known.get(reader, projectId, () => read(reader?.userId ?? 0, reader?.isAdmin ?? false, projectId)),
  };
}
