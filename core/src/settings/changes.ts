import type { LiveEvent, ProjectChanged } from '@exact/sdk/contract';
import type { AuditEntry, Logger, Principal } from '@exact/sdk/server';
import type { UnitOfWork } from '../db/database.ts';
import type { Services } from '../services.ts';
import { type AccessNotice, type AccessNotices } from '../auth/notices.ts';
import { type AuditDraft, createAudit } from './audit.ts';

/** Who makes a change, and in the course of what. A request is one. */
export interface Actor {
  /** Absent before sign-in and for the platform itself. */
  readonly principal?: Principal | undefined;
  readonly requestId: string;
  readonly signal: AbortSignal;
  readonly log: Logger;
}

/** The platform itself: start, sweeps, demo. */
export function systemActor(log: Logger, what: string): Actor {
  return { requestId: what, signal: new AbortController().signal, log };
}

export interface ChangeUnit extends UnitOfWork {
  /** Writes an audit entry; the person is the actor unless the draft names one. */
  audit(draft: AuditDraft): Promise<void>;
  /** Writes an event for browsers and plugins. */
  event(event: LiveEvent): Promise<void>;
  projectChanged(projectId: number, what: ProjectChanged['what']): Promise<void>;
  /** Has every process forget what it knows of credentials or rights, this one before {@link Changes.run} returns. */
  forget(notice: AccessNotice): void;
}

export interface Changes {
  /**
   * Runs `work` in one transaction together with its audit entries, its events and the notices to other processes; what
   * needs the commit (own caches, `auth.audit`, delivery) follows it.
   *
   * @throws what `work` throws; nothing is stored then
   */
  run<T>(actor: Actor, work: (unit: ChangeUnit) => Promise<T>): Promise<T>;
}

export function createChanges(services: Services, notices: AccessNotices): Changes {
  const auditLog = createAudit(services);
  return {
    async run(actor, work) {
      const entries: AuditEntry[] = [];
      const forgotten: AccessNotice[] = [];
      let hasEvents = false;
      const result = await services.database.transaction(async ({ em, sql }) => {
        const event = async (live: LiveEvent): Promise<void> => {
          hasEvents = true;
          await services.outbox.append(sql, live);
        };
        const done = await work({
          em,
          sql,
          event,
          projectChanged: (projectId, what) => event({ topic: 'project.changed', projectId, what }),
          forget: (notice) => void forgotten.push(notice),
          async audit(draft) {
            const by = actor.principal ? { userId: actor.principal.userId } : {};
            entries.push(await auditLog.write(sql, { ...by, ...draft }, actor.requestId));
          },
        });
        for (const notice of forgotten) await notices.send(sql, notice);
        return done;
      });
      for (const notice of forgotten) notices.apply(notice);
      if (hasEvents) services.outbox.wake();
      await auditLog.tell(entries, actor);
      return result;
    },
  };
}
