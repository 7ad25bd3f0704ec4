import type { Handlers, PluginContext } from '@exact/sdk/server';
import { canonicalText } from '@exact/study';
import type { studyModesContract } from '../shared/contract.ts';
import type { Cases } from './cases.ts';
import { casesToCsv } from './csv.ts';
import type { Phases } from './phases.ts';
import { readProgress } from './progress.ts';
import type { Studies } from './studies.ts';
import { readChoices } from './world.ts';

export interface HandlerParts {
  readonly studies: Studies;
  readonly phases: Phases;
  readonly cases: Cases;
}

/** Answers of the endpoints. */
export function createHandlers(
  { db }: Pick<PluginContext, 'db'>,
  { studies, phases, cases }: HandlerParts,
): Handlers<typeof studyModesContract> {
  return {
    list: ({ projectId }) => studies.list(needed(projectId)),
    choices: ({ projectId }) => db.transaction((sql) => readChoices(sql, needed(projectId))),
    create: ({ projectId, principal, body }) =>
      studies.create(principal, needed(projectId), 'title' in body ? body.title : body.document),
    get: ({ projectId, params }) => studies.get(needed(projectId), params.studyId),
    saveDraft: ({ projectId, params, body }) =>
      studies.saveDraft(needed(projectId), params.studyId, body.revision, body.document),
    makeVersion: ({ projectId, principal, params, body }) =>
      studies.makeVersion(principal, needed(projectId), params.studyId, body.reason),

    async document({ projectId, params, query }) {
      const document = await studies.document(needed(projectId), params.studyId, query.version);
      const name = query.version === undefined ? 'draft' : `version-${query.version}`;
      return {
        headers: {
          'content-type': 'application/json; charset=utf-8',
          'content-disposition': `attachment; filename="study-${params.studyId}-${name}.json"`,
        },
        body: canonicalText(document),
      };
    },

    remove: ({ projectId, params }) => studies.remove(needed(projectId), params.studyId),

    async openPhase({ projectId, principal, params: { studyId, phaseId } }) {
      await phases.open(principal, needed(projectId), studyId, phaseId);
      return studies.get(needed(projectId), studyId);
    },
    async closePhase({ projectId, principal, params: { studyId, phaseId } }) {
      await phases.close(principal, needed(projectId), studyId, phaseId);
      return studies.get(needed(projectId), studyId);
    },
    async end({ projectId, principal, params: { studyId }, body }) {
      await phases.end(principal, needed(projectId), studyId, body.collaboration);
      return studies.get(needed(projectId), studyId);
    },

    progress: ({ projectId, params }) =>
      db.transaction((sql) => readProgress(sql, needed(projectId), params.studyId, params.phaseId)),
    cases: ({ projectId, params }) => cases.records(needed(projectId), params.studyId),

    async casesCsv({ projectId, params: { studyId } }) {
      const { draft, versions } = await studies.get(needed(projectId), studyId);
      const records = await cases.records(needed(projectId), studyId);
      const people = await db.query<{ id: number; username: string }>(
        'select id, username from core.app_user where id = any($1::int[])',
        [[...new Set(records.map(({ readerId }) => readerId))]],
      );
      const usernames = new Map(people.map(({ id, username }) => [id, username]));
      const hashes = new Map(versions.map(({ number, sha256 }) => [number, sha256]));
      return {
        headers: {
          'content-type': 'text/csv; charset=utf-8',
          'content-disposition': `attachment; filename="study-${studyId}-cases.csv"`,
        },
        body: casesToCsv(records, {
          title: draft.title,
          username: (id) => usernames.get(id) ?? `#${id}`,
          sha256: (version) => hashes.get(version) ?? '',
        }),
      };
    },

    log: ({ projectId, params }) => studies.log(needed(projectId), params.studyId),
    reopenCase: ({ projectId, principal, params, body: { reason, ...which } }) =>
      cases.reopen(principal, needed(projectId), params.studyId, which, reason),

    mine: async ({ projectId, principal }) => (await cases.mine(principal, needed(projectId))) ?? null,
    finish: ({ projectId, principal, params, body }) =>
      cases.finish(principal, needed(projectId), params.imageId, body.outcome),
    beat: async ({ projectId, principal, params, body }) => ({
      activeMs: await cases.beat(principal, needed(projectId), params.imageId, body.activeMs),
    }),
  };
}

function needed(projectId: number | undefined): number {
  if (projectId === undefined) throw new Error('The endpoints of this plugin are mounted below a project.');
  return projectId;
}
