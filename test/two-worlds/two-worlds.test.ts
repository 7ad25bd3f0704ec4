import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { PROPERTY_SEED } from '../seed.ts';
import { ENTRIES } from './entries.ts';
import { type Leak, LEAKS, open } from './leaks.ts';
import { type Counts, Difference, playStory } from './play.ts';
import { type AskedOperation, keyOf, Routes } from './requests.ts';
import { UNDISPATCHED } from './undispatched.ts';
import { openWorld, type World } from './worlds.ts';

/** A short form with each push: 500, which ask every route with every filter and value, are `npm run worlds`. */
const SCRIPTS = Number(process.env['EXACT_TWO_WORLDS'] ?? 150);
const SCRIPTS_EACH = 10;
const LANES = 4;

const bootedAt = Date.now();
let worlds: readonly [World, World];
let routes: Routes;
let stories = 0;

beforeAll(async () => {
  const a = await openWorld('A', LANES);
  const b = await openWorld('B', LANES);
  worlds = [a, b];
  routes = new Routes(allOperations(a));
});
afterAll(async () => {
  await Promise.all((worlds ?? []).map(({ kernel }) => kernel.close()));
});

const allOperations = ({ kernel }: World): AskedOperation[] => [
  ...kernel.platform.dispatcher.operations(),
  ...UNDISPATCHED,
];

async function play(scripts: number, seed: number): Promise<Counts> {
  const counts: Counts = { scripts: 0, steps: 0, acts: 0, messages: 0, cases: { reader: 0, others: 0 } };
  const last = stories + Math.ceil(scripts / SCRIPTS_EACH);
  await Promise.all(
    Array.from({ length: LANES }, async (_, lane) => {
      while (stories < last) {
        const number = stories++;
        await playStory(worlds, routes, { number, lane, scripts: SCRIPTS_EACH, seed, bootedAt }, counts);
      }
    }),
  );
  return counts;
}

/** Plays until a leak is found. */
async function findLeak(leak: Leak): Promise<Difference> {
  const { blinding } = worlds[1].kernel.platform.domain.auth.seeing as { blinding: { of: unknown } };
  const rule = blinding.of;
  open.add(leak);
  if (leak === 'rule') blinding.of = async () => ({ mode: 'blind', isBlinded: false, shownLayerIds: [] });
  try {
    await play(1000, PROPERTY_SEED + 1);
    return expect.fail(`nothing was found of the leak "${leak}"`);
  } catch (error) {
    if (error instanceof Difference) return error;
    throw error;
  } finally {
    open.delete(leak);
    blinding.of = rule;
  }
}

it('asks every route: each has an entry in entries.ts, and no entry is left of one that is gone', () => {
  const known = allOperations(worlds[0]).map(keyOf);
  expect(known.filter((key) => !ENTRIES[key])).toEqual([]);
  expect(Object.keys(ENTRIES).filter((key) => !known.includes(key))).toEqual([]);
});

it(
  `tells a reader who works blind the same in ${SCRIPTS} scripts, whatever others do`,
  { timeout: 60_000 + SCRIPTS * 1000 },
  async () => {
    const counts = await play(SCRIPTS, PROPERTY_SEED);
    process.stdout.write(
      `two worlds: ${counts.scripts} scripts, ${counts.steps} steps in both, ${counts.acts} acts of others, ${counts.messages} live messages, cases finished: ${counts.cases.reader} by readers, ${counts.cases.others} by others, ${routes.asked.size} of ${routes.goals} routes, filters and values\n`,
    );
    expect(counts.scripts).toBeGreaterThanOrEqual(SCRIPTS);
    if (SCRIPTS < 500) return;
    expect(Math.min(counts.cases.reader, counts.cases.others)).toBeGreaterThan(10);
    expect(routes.asked.size).toBe(routes.goals);
  },
);

/** Leaks that it takes some scripts to meet, and hundreds. */
const SELDOM: readonly Leak[] = ['header', 'size'];
const RARE: readonly Leak[] = ['existence', 'case', 'time'];
const isLookedFor = (leak: Leak): boolean =>
  RARE.includes(leak) ? SCRIPTS > 500 : SELDOM.includes(leak) ? SCRIPTS >= 500 : true;

// Mutation testing is after the scripts only.
describe.skipIf(process.env['EXACT_MUTANT'] !== undefined)('a planted leak is found:', () => {
  it.each(LEAKS.filter(isLookedFor))('%s', { timeout: 120_000 }, async (leak) => {
    expect((await findLeak(leak)).message).toMatch(/with others:/);
  });
});
