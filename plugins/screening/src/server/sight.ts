import { type ProjectRole } from '@exact/sdk/contract';
import type { EndpointRequest, PluginContext, Principal, Token } from '@exact/sdk/server';
import { type StudyService, studyToken } from '@exact/study';

/** Who asks, in which project. */
export interface Asking {
  readonly principal: Principal;
  readonly projectId: number;
  readonly role: ProjectRole | undefined;
}

export function askingOf({
  principal,
  projectId,
  role,
}: Pick<EndpointRequest<never>, 'principal' | 'projectId' | 'role'>): Asking {
  if (projectId === undefined) throw new Error('The endpoints of this plugin are mounted below a project.');
  return { principal, projectId, role };
}

export const isManager = ({ principal, role }: Asking): boolean => principal.isAdmin || role === 'manager';

/** Tells whether one may know what others have seen: managers and adjudicators always, readers where people work together. */
export type SeesOthers = (asking: Asking) => Promise<boolean>;

export function createSeesOthers(ctx: Pick<PluginContext, 'db' | 'find'>): SeesOthers {
  return async (asking) => {
    if (isManager(asking)) return true;
    const { projectId, principal } = asking;
    // asked at each call: the other plugin may be stopped and started
    const study = await ctx.find(studyToken as Token<StudyService>)?.current(projectId);
    if (study?.adjudicatorIds.includes(principal.userId)) return true;
    const [project] = await ctx.db.query<{ collaboration: string }>(
      'select collaboration from core.project where id = $1',
      [projectId],
    );
    return (study?.mode ?? project?.collaboration) === 'cooperative';
  };
}
