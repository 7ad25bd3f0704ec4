/** When opinions settle an object. */
export interface OpinionRule {
  /** Opinions that an object needs: it is open below. */
  readonly k: number;
  /** Share of all votes cast that the leading opinion needs, 0…1; 0.5 stands for "more than half", 0 for any lead. */
  readonly quorum: number;
  /** Votes by which it must lead the next one; 0 is as 1, since a tie is no lead. */
  readonly margin: number;
  /** Whether one "reject" against one vote that keeps the object makes a dispute, whatever the numbers. */
  readonly strict: boolean;
  /** Whether making an object counts as its author's "accept". */
  readonly authorCounts: boolean;
}

export const DEFAULT_RULE: OpinionRule = Object.freeze({
  k: 2,
  quorum: 0.5,
  margin: 1,
  strict: false,
  authorCounts: false,
});

export interface RuleProblem {
  readonly field: keyof OpinionRule;
  readonly code: 'RULE_INVALID' | 'K_EXCEEDS_READERS';
  readonly message: string;
}

/**
 * Tells why a rule cannot work.
 *
 * @param readers - how many people may vote; absent: not known
 */
export function findRuleProblem(rule: OpinionRule, readers?: number): RuleProblem | undefined {
  const { k, quorum, margin } = rule;
  const invalid = (field: keyof OpinionRule, message: string): RuleProblem => ({
    field,
    code: 'RULE_INVALID',
    message: `${field}: ${message}`,
  });
  if (!Number.isInteger(k) || k < 1)
    return invalid('k', `${k} opinions cannot be asked for; take a whole number from 1.`);
  if (!(quorum >= 0 && quorum <= 1)) return invalid('quorum', `${quorum} is no share; take a number from 0 to 1.`);
  if (!Number.isInteger(margin) || margin < 0)
    return invalid('margin', `${margin} votes are no lead; take a whole number from 0.`);
  if (margin > k) return invalid('margin', `a lead of ${margin} cannot be had with ${k} opinions; take at most ${k}.`);
  if (readers !== undefined && k > readers)
    return {
      field: 'k',
      code: 'K_EXCEEDS_READERS',
      message: `k: ${k} opinions are asked for, and only ${readers} people may vote. Ask for fewer, or let more people vote.`,
    };
  return undefined;
}

/** Votes that a leading opinion needs of those cast. */
export const votesNeeded = ({ quorum }: OpinionRule, cast: number): number =>
  // 0.3 × 10 is a little more than 3 in floating point
  quorum === 0.5 ? Math.floor(cast / 2) + 1 : Math.ceil(quorum * cast - 1e-9);
