import { DEFAULT_RULE, findRuleProblem, type OpinionRule } from '@exact/opinion';
import { hasRole, NotFoundError, type ProjectRole } from '@exact/sdk/contract';
import type { PluginContext, Principal, Token } from '@exact/sdk/server';
import { type RunningStudy, type StudyService, studyToken } from '@exact/study';
import type { RuleSetting, SituationView } from '../shared/model.ts';

/** Who asks, in which project. */
export interface Asking {
  readonly principal: Principal;
  readonly projectId: number;
  readonly role: ProjectRole | undefined;
}

/** How objects are verified in a project, and what the one who asks may do there. */
export interface Situation {
  readonly projectId: number;
  readonly userId: number;
  readonly mode: SituationView['mode'];
  readonly rule: RuleSetting;
  readonly study: RunningStudy | undefined;
  readonly isOpen: boolean;
  readonly readerIds: readonly number[];
  readonly mayVote: boolean;
  readonly mayVerify: boolean;
  readonly mayManage: boolean;
  /** Managers and adjudicators see all votes, counts and states. */
  readonly seesAll: boolean;
}

export interface Situations {
  of(asking: Asking): Promise<Situation>;
  /** Whether a direct verdict is none of one person's business in the project. Quick: a hook asks it in a transaction. */
  asksForSecondOpinions(projectId: number, collaboration: string | undefined): Promise<boolean>;
  setRule(asking: Asking, rule: RuleSetting, isOpen: boolean): Promise<void>;
  study(): StudyService | undefined;
}

const DEFAULTS: RuleSetting = Object.freeze({ ...DEFAULT_RULE, controlShare: 0, seed: 1 });

interface Row {
  readonly collaboration: SituationView['mode'];
  readonly rule: RuleSetting | null;
  readonly is_open: boolean | null;
  readonly verifiers: number[];
}

export function createSituations(ctx: Pick<PluginContext, 'db' | 'find'>): Situations {
  // asked at each call: the other plugin may be stopped and started
  const study = (): StudyService | undefined => ctx.find(studyToken as Token<StudyService>);

  return {
    study,
    async of({ principal, projectId, role }) {
      const [row] = await ctx.db.query<Row>(
        `select p.collaboration, v.rule, v.is_open,
           array(select user_id from core.project_member m where m.project_id = p.id and m.role in ('verifier', 'manager')
                 order by user_id) as verifiers
         from core.project p
         left join lateral (select rule, is_open from rule_version where project_id = p.id order by id desc limit 1) v on true
         where p.id = $1`,
        [projectId],
      );
      if (!row) throw new NotFoundError({ what: 'project', id: projectId });
      const running = await study()?.current(projectId);
      const mayVerify = principal.isAdmin || (role !== undefined && hasRole(role, 'verifier'));
      const mayManage = principal.isAdmin || role === 'manager';
      return {
        projectId,
        userId: principal.userId,
        mode: running?.mode ?? row.collaboration,
        rule: { ...DEFAULTS, ...row.rule, ...running?.rule },
        study: running,
        isOpen: running !== undefined || (row.is_open ?? true),
        readerIds: running?.readerIds ?? row.verifiers,
        mayVote: running ? running.readerIds.includes(principal.userId) : mayVerify,
        mayVerify,
        mayManage,
        seesAll: mayManage || (running?.adjudicatorIds.includes(principal.userId) ?? false),
      };
    },
    async asksForSecondOpinions(projectId, collaboration) {
      const running = await study()?.current(projectId);
      return (running?.mode ?? collaboration) === 'secondOpinion';
    },
    async setRule({ principal, projectId }, rule, isOpen) {
      await ctx.db.query('insert into rule_version (project_id, rule, is_open, changed_by) values ($1, $2, $3, $4)', [
        projectId,
        JSON.stringify(rule),
        isOpen,
        principal.userId,
      ]);
    },
  };
}

/** The part of a setting that decides about votes. */
export const opinionRule = ({ k, quorum, margin, strict, authorCounts }: RuleSetting): OpinionRule => ({
  k,
  quorum,
  margin,
  strict,
  authorCounts,
});

export function viewOf(situation: Situation): SituationView {
  const { mode, rule, isOpen, mayVote, mayVerify, seesAll, mayManage, readerIds } = situation;
  const isVoting = mode !== 'cooperative';
  const problem = isVoting && mayManage ? findRuleProblem(opinionRule(rule), readerIds.length) : undefined;
  return {
    me: situation.userId,
    mode,
    isStudy: situation.study !== undefined,
    rule,
    ruleProblem: problem?.message ?? null,
    isOpen,
    mayVote,
    mayVerify,
    seesAll,
    mayManage,
    readers: readerIds.length,
  };
}
