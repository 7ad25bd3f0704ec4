import type { Geometry } from '@exact/geometry';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { evaluate, type OpinionLog } from './evaluate.ts';
import { DEFAULT_RULE, findRuleProblem, type OpinionRule } from './rule.ts';
import { type Content, contentAfter, type Decision, isSameContent, type Opinion, type Vote } from './vote.ts';

const [CELL, VESSEL, NERVE] = [1, 2, 3];
const box = (x: number, width = 10): Geometry => ({ kind: 'box', x, y: 0, width, height: 10 });
const shape = (x: number, width = 10) => ({ key: `box ${x} ${width}`, geometry: box(x, width) });
const AT: Content = { templateId: CELL, shapeKey: shape(0).key };

const accept: Opinion = { verdict: 'accept' };
const reject: Opinion = { verdict: 'reject' };
const unsure: Opinion = { verdict: 'unsure' };
const none: Opinion = { verdict: 'none' };
const relabel = (templateId: number): Opinion => ({ verdict: 'relabel', templateId });
const reshape = (x: number, width = 10): Opinion => ({ verdict: 'reshape', shape: shape(x, width) });

/** One vote each, of readers 1, 2, 3, … */
const votes = (...opinions: Opinion[]): Vote[] =>
  opinions.map((opinion, i) => ({ ...opinion, reader: i + 1, sequence: i + 1, judged: AT }));
const rule = (more: Partial<OpinionRule> = {}): OpinionRule => ({ ...DEFAULT_RULE, ...more });
const standing = (list: Vote[], more: Partial<OpinionRule> = {}, content = AT, decisions: Decision[] = []) =>
  evaluate({ votes: list, decisions }, rule(more), { content });

describe('the state of an object', () => {
  it.each<[string, Opinion[], Partial<OpinionRule>, string]>([
    ['without votes', [], {}, 'open'],
    ['below k', [accept], {}, 'open'],
    ['two accept', [accept, accept], {}, 'agreed'],
    ['two reject', [reject, reject], {}, 'rejected'],
    ['one of each', [accept, reject], {}, 'disputed'],
    ['unsure counts as cast, never wins', [accept, unsure], {}, 'disputed'],
    ['all unsure', [unsure, unsure], {}, 'disputed'],
    ['majority of three', [accept, accept, reject], { k: 3 }, 'agreed'],
    ['the same, strict', [accept, accept, reject], { k: 3, strict: true }, 'disputed'],
    [
      'strict does not mind another class',
      [relabel(VESSEL), relabel(VESSEL), accept],
      { k: 3, strict: true },
      'agreed',
    ],
    ['the same class twice', [relabel(VESSEL), relabel(VESSEL)], {}, 'agreed'],
    ['two other classes', [relabel(VESSEL), relabel(NERVE)], {}, 'disputed'],
    ['relabel to what it is counts as accept', [relabel(CELL), accept], {}, 'agreed'],
    ['two thirds are asked for and there', [accept, accept, reject], { k: 3, quorum: 2 / 3 }, 'agreed'],
    ['three quarters are not there', [accept, accept, reject], { k: 3, quorum: 0.75 }, 'disputed'],
    ['all are asked for', [accept, accept, unsure], { k: 3, quorum: 1 }, 'disputed'],
    ['a plurality where 40 % are enough', [accept, accept, reject, relabel(VESSEL), unsure], { quorum: 0.4 }, 'agreed'],
    ['a lead of two', [accept, accept, accept, reject], { margin: 2 }, 'agreed'],
    ['a lead of one where two are asked for', [accept, accept, reject], { margin: 2 }, 'disputed'],
    ['a tie is no lead, whatever the rule', [accept, reject], { margin: 0, quorum: 0 }, 'disputed'],
    ['more readers than k', [accept, accept, accept, accept, reject], {}, 'agreed'],
    ['somebody wants another shape, others keep it', [accept, accept, reshape(2)], {}, 'disputed'],
    ['nobody keeps what somebody would reshape', [reject, reject, reshape(2)], { k: 3 }, 'rejected'],
    ['shapes that fit each other', [reshape(2), reshape(3)], {}, 'agreed'],
    ['shapes that do not', [reshape(2), reshape(30)], {}, 'disputed'],
    ['one reader alone', [reject], { k: 1 }, 'rejected'],
  ])('%s', (_, opinions, more, state) => {
    expect(standing(votes(...opinions), more).state).toBe(state);
  });

  it('says with what readers agree, and what was said how often', () => {
    expect(standing(votes(relabel(VESSEL), accept, relabel(VESSEL)), { k: 3 })).toEqual({
      state: 'agreed',
      outcome: { verdict: 'relabel', templateId: VESSEL },
      cast: 3,
      tally: { accept: 1, [`relabel:${VESSEL}`]: 2 },
    });
  });

  it('takes the proposed shape that is closest to the others, whoever came first', () => {
    const list = votes(reshape(6), reshape(4), reshape(2));
    expect(standing(list).outcome).toEqual({ verdict: 'reshape', shape: shape(4) });
    expect(standing([...list].reverse()).outcome).toEqual({ verdict: 'reshape', shape: shape(4) });
  });

  it('keeps a shape with another class apart from the shape alone', () => {
    const both: Opinion = { verdict: 'reshape', shape: shape(2), templateId: VESSEL };
    expect(standing(votes(both, reshape(2))).state).toBe('disputed');
    expect(standing(votes(both, both)).outcome).toEqual(both);
  });

  it('counts the latest vote of each reader, and none after it was taken back', () => {
    const again = (opinion: Opinion, reader: number, sequence: number): Vote => ({
      ...opinion,
      reader,
      sequence,
      judged: AT,
    });
    const list = [...votes(accept, reject), again(accept, 2, 3)];
    expect(standing(list)).toMatchObject({ state: 'agreed', cast: 2 });
    expect(standing([...list, again(none, 2, 4)])).toMatchObject({ state: 'open', cast: 1 });
    expect(standing([...list, again(none, 2, 4), again(reject, 2, 5)])).toMatchObject({ state: 'disputed' });
  });

  it('counts the author only where the rule says so, and not for what others have made of it since', () => {
    const author = { reader: 9, made: AT };
    const at = (more: Partial<OpinionRule>, content = AT) =>
      evaluate({ votes: votes(accept) }, rule(more), { content, author }).state;
    expect(at({})).toBe('open');
    expect(at({ authorCounts: true })).toBe('agreed');
    expect(at({ authorCounts: true }, { ...AT, templateId: VESSEL })).toBe('open');
    const own = evaluate({ votes: [{ ...reject, reader: 9, sequence: 5, judged: AT }] }, rule({ authorCounts: true }), {
      content: AT,
      author,
    });
    expect(own).toMatchObject({ state: 'open', tally: { reject: 1 } });
  });
});

describe('an edit', () => {
  const edited: Content = { ...AT, templateId: VESSEL };

  it('reopens the object', () => {
    expect(standing(votes(accept, accept), {}, edited)).toMatchObject({ state: 'open', cast: 0 });
  });

  it('to what the votes had agreed on does not: they stand for it, and the others stay against it', () => {
    const list = votes(relabel(VESSEL), relabel(VESSEL), accept);
    expect(standing(list, { k: 3 }, edited)).toEqual({
      state: 'agreed',
      outcome: { verdict: 'accept' },
      cast: 3,
      tally: { accept: 2, earlier: 1 },
    });
  });

  it('after that is judged anew by those who vote anew, together with what the others had said', () => {
    const list: Vote[] = [
      ...votes(relabel(VESSEL), relabel(VESSEL)),
      { ...reject, reader: 1, sequence: 7, judged: edited },
    ];
    expect(standing(list, {}, edited)).toMatchObject({ state: 'disputed', tally: { accept: 1, reject: 1 } });
  });

  it('back to what was there lets the votes on that count again', () => {
    const list: Vote[] = [...votes(accept, accept), { ...reject, reader: 1, sequence: 8, judged: edited }];
    expect(standing(list, {}, edited).state).toBe('open');
    expect(standing(list).state).toBe('agreed');
  });
});

describe('an adjudicator', () => {
  const decide = (opinion: Opinion, sequence = 50, judged = AT): Decision =>
    ({ ...opinion, sequence, judged }) as Decision;

  it('decides above the votes, until somebody edits something else into it', () => {
    const list = votes(accept, reject);
    expect(standing(list, {}, AT, [decide(reject)])).toMatchObject({ state: 'adjudicated', outcome: reject });
    const change = decide(relabel(VESSEL));
    expect(standing(list, {}, AT, [change]).outcome).toEqual(relabel(VESSEL));
    const done = { ...AT, templateId: VESSEL };
    expect(standing(list, {}, done, [change])).toMatchObject({ state: 'adjudicated', outcome: accept });
    expect(standing(list, {}, { ...AT, templateId: NERVE }, [change]).state).toBe('open');
  });

  it('can change the decision: the latest counts, in whatever order they come', () => {
    const decisions = [decide(reject, 50), decide(accept, 51)];
    for (const list of [decisions, [...decisions].reverse()])
      expect(standing([], {}, AT, list).outcome).toEqual(accept);
  });
});

describe('a rule', () => {
  it.each<[Partial<OpinionRule>, number | undefined, string | undefined]>([
    [{}, 2, undefined],
    [{ k: 0 }, undefined, 'k'],
    [{ k: 1.5 }, undefined, 'k'],
    [{ quorum: -0.1 }, undefined, 'quorum'],
    [{ quorum: 1.1 }, undefined, 'quorum'],
    [{ quorum: NaN }, undefined, 'quorum'],
    [{ margin: -1 }, undefined, 'margin'],
    [{ margin: 3 }, undefined, 'margin'],
    [{ k: 3 }, 2, 'k'],
  ])('%j with %s readers is refused for its %s', (more, readers, field) => {
    expect(findRuleProblem(rule(more), readers)?.field).toBe(field);
  });

  it('that asks for more readers than there are says so with both numbers', () => {
    const problem = findRuleProblem(rule({ k: 3 }), 2);
    expect(problem).toMatchObject({ code: 'K_EXCEEDS_READERS' });
    expect(problem?.message).toMatch(/3 opinions.*only 2/);
  });

  it('that cannot work evaluates nothing', () => {
    expect(() => standing([], { k: 0 })).toThrow(RangeError);
  });
});

describe('any log', () => {
  const contents = fc.constantFrom<Content>(AT, { ...AT, templateId: VESSEL }, { ...AT, shapeKey: shape(3).key });
  const opinions = fc.oneof(
    fc.constantFrom(accept, reject, unsure, none, relabel(CELL), relabel(VESSEL), relabel(NERVE)),
    fc.nat(8).map((x) => reshape(x)),
  );
  const logs = fc
    .array(fc.record({ opinion: opinions, reader: fc.integer({ min: 1, max: 5 }), judged: contents }), {
      maxLength: 14,
    })
    .map((list) =>
      list.map(({ opinion, reader, judged }, i): Vote => ({ ...opinion, reader, judged, sequence: i + 1 })),
    );
  const rules = fc
    .record({
      k: fc.integer({ min: 1, max: 4 }),
      quorum: fc.constantFrom(0.4, 0.5, 2 / 3, 1),
      margin: fc.integer({ min: 1, max: 2 }),
      strict: fc.boolean(),
      authorCounts: fc.constant(false),
    })
    .map((made): OpinionRule => ({ ...made, margin: Math.min(made.margin, made.k) }));
  const options = { seed: 20_240_607, numRuns: 400 };
  const at = (log: OpinionLog, by: OpinionRule, content: Content) => evaluate(log, by, { content });

  it('gives the same answer in any order, and when it is replayed', () => {
    fc.assert(
      fc.property(logs, rules, contents, fc.infiniteStream(fc.nat()), (list, by, content, numbers) => {
        const shuffled = list.map((vote) => ({ vote, by: numbers.next().value ?? 0 })).sort((a, b) => a.by - b.by);
        const first = at({ votes: list }, by, content);
        expect(at({ votes: shuffled.map(({ vote }) => vote) }, by, content)).toEqual(first);
        expect(at({ votes: structuredClone(list) }, by, content)).toEqual(first);
      }),
      options,
    );
  });

  it('does not depend on what a reader has said before of the same content', () => {
    fc.assert(
      fc.property(logs, rules, (list, by) => {
        const last = list.filter(
          (vote) =>
            !list.some(
              (later) =>
                later.reader === vote.reader &&
                later.sequence > vote.sequence &&
                isSameContent(later.judged, vote.judged),
            ),
        );
        expect(at({ votes: last }, by, AT)).toEqual(at({ votes: list }, by, AT));
      }),
      options,
    );
  });

  it('settles nothing below k, and nothing without a leading opinion that has the quorum', () => {
    fc.assert(
      fc.property(logs, rules, contents, (list, by, content) => {
        const { state, cast, tally, outcome } = at({ votes: list }, by, content);
        expect(Object.values(tally).reduce((sum, n) => sum + n, 0)).toBe(cast);
        expect(state === 'open').toBe(cast < by.k);
        expect(outcome !== undefined).toBe(state === 'agreed' || state === 'rejected');
        if (outcome) expect(Math.max(...Object.values(tally))).toBeGreaterThanOrEqual(by.quorum * cast - 1e-9);
      }),
      options,
    );
  });

  it('stays settled when its outcome is carried out', () => {
    fc.assert(
      fc.property(logs, rules, (list, by) => {
        const onlyHere = list.map((vote) => ({ ...vote, judged: AT }));
        const { state, outcome, cast } = at({ votes: onlyHere }, by, AT);
        if (state !== 'agreed' || !outcome) return;
        const after = contentAfter(outcome, AT);
        if (!after) return;
        expect(at({ votes: onlyHere }, by, after)).toMatchObject({ state: 'agreed', outcome: accept, cast });
      }),
      options,
    );
  });
});
