import type { HookContext } from '@exact/sdk/hooks';
import type { AuditEntry, Sql } from '@exact/sdk/server';
import type { Services } from '../services.ts';

/** What is written down: who did what to which thing. Ids only, never names, addresses or secrets. */
export type AuditAction =
  | 'auth.signedIn'
  | 'auth.signInFailed'
  | 'auth.signedOut'
  | 'auth.sessionEnded'
  | 'auth.passwordChanged'
  | 'auth.tokenCreated'
  | 'auth.tokenRevoked'
  | 'auth.setUp'
  | 'user.created'
  | 'user.renamed'
  | 'user.suspended'
  | 'user.reactivated'
  | 'user.anonymised'
  | 'user.madeAdmin'
  | 'user.unmadeAdmin'
  | 'team.created'
  | 'team.deleted'
  | 'team.memberSet'
  | 'team.memberRemoved'
  | 'project.created'
  | 'project.deleted'
  | 'project.collaboration'
  | 'project.memberSet'
  | 'project.memberRemoved'
  | 'project.pluginSwitched'
  | 'plugin.allowed'
  | 'layer.created'
  | 'layer.shown'
  | 'layer.deleted'
  | 'imageSet.deleted'
  | 'image.deleted'
  | 'media.deleted'
  | 'product.detached'
  | 'template.deleted'
  | `${string}:${string}`;

export interface AuditDraft {
  readonly action: AuditAction;
  /** Who did it; absent when nobody was signed in. */
  readonly userId?: number;
  readonly projectId?: number;
  /** `<kind>:<id>` and, behind a space, what it became: `user:7 manager`. */
  readonly target?: string;
}

export interface Audit {
  /** Adds an entry, with `sql` in the transaction of what it tells of. Nothing can change or remove it afterwards. */
  write(sql: Sql, draft: AuditDraft, requestId: string): Promise<AuditEntry>;
  /** Tells plugins of entries; call it after the commit. A failing tap changes nothing. */
  tell(entries: readonly AuditEntry[], context: Pick<HookContext, 'requestId' | 'signal' | 'log'>): Promise<void>;
}

export function createAudit({ hooks }: Pick<Services, 'hooks'>): Audit {
  return {
    async write(sql, draft, requestId) {
      const [row] = await sql.query<{ at: Date }>(
        'insert into core.audit (action, user_id, project_id, target, request_id) values ($1, $2, $3, $4, $5) returning at',
        [draft.action, draft.userId ?? null, draft.projectId ?? null, draft.target ?? null, requestId],
      );
      return Object.freeze({ ...draft, at: (row as { at: Date }).at.toISOString(), requestId });
    },
    async tell(entries, { requestId, signal, log }) {
      if (!hooks.auth.audit.isUsed()) return;
      for (const entry of entries) {
        const project = entry.projectId === undefined ? {} : { projectId: entry.projectId };
        await hooks.auth.audit.call(entry, { requestId, signal, log, ...project });
      }
    },
  };
}
