import { z } from 'zod';
import { Id, PageQuery, pageOf, Timestamp } from './common.ts';
import { contract, endpoint } from './endpoint.ts';

/** Who did what to which thing. Ids only: names can change or be anonymised, what happened cannot. */
export const AuditRecord = z.object({
  at: Timestamp,
  action: z.string(),
  userId: Id.nullable(),
  projectId: Id.nullable(),
  target: z.string().nullable(),
  requestId: z.string(),
});

export const auditContract = contract({
  list: endpoint({
    method: 'GET',
    path: '/audit',
    summary: 'The audit log, newest first; nothing can change or remove its entries',
    access: { permission: 'audit:read', in: 'instance' },
    query: z.object({
      ...PageQuery,
      action: z.string().max(100).optional(),
      userId: Id.optional(),
      projectId: Id.optional(),
    }),
    response: pageOf(AuditRecord),
  }),
});
