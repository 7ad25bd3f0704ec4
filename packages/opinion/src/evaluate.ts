import { consensus } from './consensus.ts';
import { findRuleProblem, type OpinionRule, votesNeeded } from './rule.ts';
import {
  type Content,
  contentAfter,
  type Decision,
  isSameContent,
  type JudgedObject,
  type Outcome,
  type Shape,
  type Vote,
} from './vote.ts';

export type ObjectState = 'open' | 'agreed' | 'disputed' | 'adjudicated' | 'rejected';

/** All that was ever said about an object, in any order. */
export interface OpinionLog {
  readonly votes: readonly Vote[];
  readonly decisions?: readonly Decision[];
}

/** How an object stands by the votes. */
export interface Standing {
  readonly state: ObjectState;
  /** What is to become of the object as it stands now; there unless it is open or disputed. */
  readonly outcome?: Outcome;
  /** Readers whose vote counts on what stands now, `unsure` included. */
  readonly cast: number;
  /** Votes by opinion: `accept`, `reject`, `unsure`, `relabel:<template>`, `reshape:<template>`, `earlier`. */
  readonly tally: Readonly<Record<string, number>>;
}

/** A reader's vote as it counts on a content. */
interface Ballot {
  readonly option: string;
  readonly reader: number;
  readonly outcome?: Outcome;
}

/**
 * Tells how an object stands, from the log of votes and the declared rule alone; the same log gives the same answer, in whatever
 * order it comes.
 *
 * - Of each reader the latest vote on the present content counts. Votes on an earlier shape or label do not: an edit reopens the
 *   object, unless it is just what those votes had agreed on. Then those who wanted it count as accepting it.
 * - `open` below k votes. From there on an opinion wins with the quorum and the lead; `rejected` where it is "reject".
 * - `disputed` where none wins, where "reject" stands against others in a strict rule, and where somebody wants another shape
 *   while the others would keep it, or the proposed shapes have too little in common.
 * - A decision of an adjudicator on the present content, or one that made it, stands above votes.
 *
 * @throws RangeError for a rule that cannot work
 */
export function evaluate(log: OpinionLog, rule: OpinionRule, object: JudgedObject): Standing {
  const problem = findRuleProblem(rule);
  if (problem) throw new RangeError(problem.message);
  const { author, content } = object;
  const votes =
    rule.authorCounts && author
      ? [...log.votes, { verdict: 'accept', reader: author.reader, sequence: -1, judged: author.made } as const]
      : log.votes;
  const settled = settle(votes, rule, content, []);
  const decision = standing(log.decisions ?? [], content);
  return decision ? { ...settled, state: 'adjudicated', outcome: decision } : settled;
}

/** The latest decision about a content, seen from that content. */
function standing(decisions: readonly Decision[], content: Content): Outcome | undefined {
  let latest: { readonly sequence: number; readonly outcome: Outcome } | undefined;
  for (const decision of decisions) {
    const after = contentAfter(decision, decision.judged);
    const isDone = after !== undefined && isSameContent(after, content);
    if (!isDone && !isSameContent(decision.judged, content)) continue;
    if (latest && latest.sequence > decision.sequence) continue;
    latest = { sequence: decision.sequence, outcome: isDone ? { verdict: 'accept' } : outcomeOf(decision) };
  }
  return latest?.outcome;
}

/** @param seen - contents whose standing is being worked out: people can go back and forth between two */
function settle(votes: readonly Vote[], rule: OpinionRule, content: Content, seen: readonly Content[]): Standing {
  const own = latestByReader(votes.filter(({ judged }) => isSameContent(judged, content)));
  const ballots = [
    ...[...own.values()].flatMap((vote) => toBallot(vote, content)),
    ...carried(votes, rule, content, [...seen, content]).filter(({ reader }) => !own.has(reader)),
  ];
  return count(ballots, rule, content);
}

function latestByReader(votes: readonly Vote[]): Map<number, Vote> {
  const latest = new Map<number, Vote>();
  for (const vote of votes) {
    const before = latest.get(vote.reader);
    if (!before || before.sequence < vote.sequence) latest.set(vote.reader, vote);
  }
  return latest;
}

/** Ballots of an earlier content whose winning opinion made the present one. */
function carried(votes: readonly Vote[], rule: OpinionRule, content: Content, seen: readonly Content[]): Ballot[] {
  const earlier = [...votes]
    .sort((a, b) => b.sequence - a.sequence)
    .map(({ judged }) => judged)
    .filter((judged, index, all) => all.findIndex((other) => isSameContent(other, judged)) === index)
    .filter((judged) => !seen.some((other) => isSameContent(other, judged)));
  for (const before of earlier) {
    const { outcome } = settle(votes, rule, before, seen);
    const after = outcome && contentAfter(outcome, before);
    if (!outcome || !after || !isSameContent(after, content)) continue;
    const winner = optionOf(outcome, before);
    return [...latestByReader(votes.filter(({ judged }) => isSameContent(judged, before))).values()].flatMap((vote) =>
      toBallot(vote, before).map(({ option, reader }): Ballot => {
        if (option === winner) return { option: 'accept', reader, outcome: { verdict: 'accept' } };
        if (option === 'reject') return { option, reader, outcome: { verdict: 'reject' } };
        return { option: option === 'unsure' ? option : `earlier ${option}`, reader };
      }),
    );
  }
  return [];
}

function toBallot(vote: Vote, content: Content): Ballot[] {
  if (vote.verdict === 'none') return [];
  if (vote.verdict === 'unsure') return [{ option: 'unsure', reader: vote.reader }];
  const outcome = outcomeOf(vote);
  const after = contentAfter(outcome, content);
  // who wants what is there already accepts it
  if (after && isSameContent(after, content))
    return [{ option: 'accept', reader: vote.reader, outcome: { verdict: 'accept' } }];
  return [{ option: optionOf(outcome, content), reader: vote.reader, outcome }];
}

/** The outcome alone, without reader and place in the log. */
function outcomeOf(said: Outcome): Outcome {
  if (said.verdict === 'relabel') return { verdict: 'relabel', templateId: said.templateId };
  if (said.verdict !== 'reshape') return { verdict: said.verdict };
  const { shape, templateId } = said;
  return { verdict: 'reshape', shape, ...(templateId === undefined ? {} : { templateId }) };
}

function optionOf(outcome: Outcome, content: Content): string {
  if (outcome.verdict === 'relabel') return `relabel:${outcome.templateId}`;
  if (outcome.verdict === 'reshape') return `reshape:${outcome.templateId ?? content.templateId}`;
  return outcome.verdict;
}

function count(ballots: readonly Ballot[], rule: OpinionRule, content: Content): Standing {
  const counts = new Map<string, Ballot[]>();
  for (const ballot of ballots) counts.set(ballot.option, [...(counts.get(ballot.option) ?? []), ballot]);
  const cast = ballots.length;
  const tally: Record<string, number> = {};
  for (const [option, list] of [...counts].sort(([a], [b]) => (a < b ? -1 : 1))) {
    const name = option.startsWith('earlier ') ? 'earlier' : option;
    tally[name] = (tally[name] ?? 0) + list.length;
  }
  const as = (state: ObjectState, outcome?: Outcome): Standing => ({
    state,
    cast,
    tally,
    ...(outcome ? { outcome } : {}),
  });
  if (cast < rule.k) return as('open');

  const opinions = [...counts].filter(([option]) => option !== 'unsure').sort(([, a], [, b]) => b.length - a.length);
  const [[, top] = ['', []], [, next] = ['', []]] = opinions;
  const outcome = top[0]?.outcome;
  const isWon =
    outcome && top.length >= votesNeeded(rule, cast) && top.length - next.length >= Math.max(1, rule.margin);
  if (!isWon) return as('disputed');
  const has = (verdict: Outcome['verdict']): boolean => ballots.some((ballot) => ballot.outcome?.verdict === verdict);
  if (rule.strict && has('reject') && (has('accept') || has('relabel') || has('reshape'))) return as('disputed');
  if (outcome.verdict === 'reject') return as('rejected', outcome);
  if (outcome.verdict !== 'reshape') return has('reshape') ? as('disputed') : as('agreed', outcome);

  const shapes = shapesOf(top);
  const { member, isShared } = consensus(shapes.map(({ geometry }) => geometry));
  const shape = shapes[member];
  if (!isShared || !shape) return as('disputed');
  const { templateId = content.templateId } = outcome;
  return as('agreed', { verdict: 'reshape', shape, ...(templateId === content.templateId ? {} : { templateId }) });
}

/** Proposed shapes by the id of their reader, so that the order of votes decides nothing. */
function shapesOf(ballots: readonly Ballot[]): Shape[] {
  return [...ballots]
    .sort((a, b) => a.reader - b.reader)
    .flatMap(({ outcome }) => (outcome?.verdict === 'reshape' ? [outcome.shape] : []));
}
