import { Readable } from 'node:stream';
import type { Handlers, PluginContext } from '@exact/sdk/server';
import type { annotationImportContract } from '../shared/contract.ts';
import type { Files } from './files.ts';
import type { Plans } from './plans.ts';
import { imagesOf } from './project-images.ts';
import { suggest } from './suggest.ts';

/** Answers of the endpoints: everybody has their own files and plans; what the person may not see of the project is not named. */
export function createHandlers(
  ctx: Pick<PluginContext, 'images' | 'projects'>,
  files: Files,
  plans: Plans,
): Handlers<typeof annotationImportContract> {
  return {
    upload: ({ principal, projectId, query, stream }) => files.add(principal, needed(projectId), query.name, stream()),
    files: ({ principal, projectId }) => files.list(principal, needed(projectId)),
    file: ({ principal, projectId, params }) => files.get(principal, needed(projectId), params.fileId),
    reread: ({ principal, projectId, params, body }) => files.reread(principal, needed(projectId), params.fileId, body),
    removeFile: ({ principal, projectId, params }) => files.remove(principal, needed(projectId), params.fileId),
    async suggestion({ principal, projectId, params }) {
      const file = await files.ready(principal, needed(projectId), params.fileId);
      const images = await imagesOf(ctx, principal, needed(projectId));
      const products = await ctx.projects.products(principal, needed(projectId));
      return suggest(
        file,
        images,
        products.flatMap(({ templates }) => templates),
      );
    },
    plan: ({ principal, projectId, role, params, body }) =>
      plans.create({ principal, projectId: needed(projectId), role }, params.fileId, body),
    getPlan: ({ principal, projectId, params }) => plans.get(principal, needed(projectId), params.planId),
    async planList({ principal, projectId, params }) {
      return {
        headers: {
          'content-type': 'text/csv; charset=utf-8',
          'content-disposition': `attachment; filename="import-${params.planId}.csv"`,
        },
        body: Readable.from(await plans.list(principal, needed(projectId), params.planId)),
      };
    },
    apply: ({ principal, projectId, role, params }) =>
      plans.apply({ principal, projectId: needed(projectId), role }, params.planId),
  };
}

function needed(projectId: number | undefined): number {
  if (projectId === undefined) throw new Error('The endpoints of this plugin are mounted below a project.');
  return projectId;
}
