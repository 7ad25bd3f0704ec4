import { contract, endpoint, raw } from '@exact/sdk/contract';
import type { ToyPlugin } from '@exact/sdk/testing';
import { z } from 'zod';

/** Leaks that can be planted: the test has to find each of them. */
export const LEAKS = ['count', 'time', 'cursor', 'header', 'existence', 'event', 'size', 'case', 'rule'] as const;
export type Leak = (typeof LEAKS)[number];

/** Those that are open now. `rule` is not one of the plugin's: it takes the real rule away, see `withLeak`. */
export const open = new Set<Leak>();

const leakContract = contract({
  look: endpoint({
    method: 'GET',
    path: '/look',
    summary: 'Tells what is planted',
    access: { permission: 'annotations:read', in: 'project' },
    query: z.object({ uuid: z.uuid().optional() }),
    response: raw('application/json'),
  }),
});

/** A plugin that reads past the rule, as one with a schema of its own can, and tells it in the ways that answers can tell things. */
export const leakyPlugin: ToyPlugin = {
  id: 'leaky',
  manifest: {
    contributes: { routes: true, events: ['annotations.changed'] },
    permissions: { uses: ['routes', 'db:own', 'events'], defines: [] },
  },
  setup(ctx) {
    const inProject = `from core.annotation a join core.image i on i.id = a.image_id join core.image_set s on s.id = i.image_set_id
      where s.project_id = $1 and a.layer_id is null`;
    const read = async (what: string, ...values: unknown[]): Promise<string> => {
      const [row] = await ctx.db.query<{ value: string | null }>(
        `select (${what})::text as value ${inProject}`,
        values,
      );
      return row?.value ?? '';
    };
    ctx.routes.implement(leakContract, {
      async look({ projectId, query }) {
        const headers: Record<string, string> = { 'content-type': 'application/json' };
        let answer = '';
        let cursor = '0';
        if (open.has('count')) answer = await read('count(*)', projectId);
        if (open.has('time')) {
          const ms = Number(await read('extract(epoch from max(a.updated_at)) * 1000', projectId));
          answer = ms > 0 ? new Date(ms).toISOString() : '';
        }
        if (open.has('cursor')) {
          const [row] = await ctx.db.query<{ at: string }>(
            'select coalesce(max(position), 0)::text as at from core.outbox',
          );
          cursor = row?.at ?? '0';
        }
        if (open.has('header')) headers['x-revision'] = await read('coalesce(sum(a.revision), 0)', projectId);
        if (open.has('existence') && query.uuid)
          answer =
            (await read('count(*) filter (where a.uuid = $2)', projectId, query.uuid)) === '0' ? 'free' : 'taken';
        if (open.has('case')) {
          const [row] = await ctx.db.query<{ count: string }>(
            `select count(*) as count from plugin_study_modes.case_record r join plugin_study_modes.study s on s.id = r.study_id
              where s.project_id = $1 and r.outcome is not null`,
            [projectId],
          );
          answer = row?.count ?? '';
        }
        if (open.has('size')) answer = 'x'.repeat(Number(await read('count(*)', projectId)));
        return { headers, body: JSON.stringify({ answer, cursor }) };
      },
    });
    ctx.events.on('annotations.changed', async ({ projectId }) => {
      if (open.has('event')) await ctx.events.publish('seen', projectId, {}, undefined, 'all');
    });
  },
};
