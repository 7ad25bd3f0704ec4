import { setTimeout as delay } from 'node:timers/promises';
import type { Annotation, LiveMessage } from '@exact/sdk/contract';
import { Canonical, digest } from './canonical.ts';
import { Draw } from './draw.ts';
import { createPools, type Pools, type Works } from './pools.ts';
import { seeded } from './random.ts';
import { type Answer, awaitJobs, type Planned, type Routes, send } from './requests.ts';
import { beginStory, describeStory, endStory, type Story } from './stories.ts';
import { openTape, settle, type Tape } from './tape.ts';
import type { Lane, World } from './worlds.ts';

/** The two worlds tell the reader different things. */
export class Difference extends Error {}

export interface Counts {
  scripts: number;
  steps: number;
  /** What others have done in world B. */
  acts: number;
  messages: number;
  /** Cases of studies that were finished. */
  readonly cases: { reader: number; others: number };
}

interface Side {
  readonly world: World;
  readonly cookie: string;
  readonly canonical: Canonical;
  readonly refs: Map<string, string>;
  readonly places: Set<string>;
  tape: Tape;
  read: number;
}

const UUID = /[0-9a-f]{8}-[0-9a-f]{4}-[1-8][0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}/gi;
const MOST_KEPT = 40;
const MOST_OF_A_KIND = 10;
/** Routes whose answer begins with the id of what was made, and what it is. */
const MADE = [
  ['/annotation-import/files', 'file'],
  ['/files/:fileId/plans', 'plan'],
  ['/screening/images/:imageId/plans', 'plan'],
  ['/screening/images/:imageId/tissue', 'tissue'],
] as const;

/**
 * Plays scripts in one project that is there in both worlds. In world B others work between the reader's steps; in world A they
 * are members as well, and do nothing.
 *
 * @throws {@link Difference} with the steps that led to it
 */
export async function playStory(
  worlds: readonly [World, World],
  routes: Routes,
  {
    number,
    lane,
    scripts,
    seed,
    bootedAt,
  }: { number: number; lane: number; scripts: number; seed: number; bootedAt: number },
  counts: Counts,
): Promise<void> {
  const random = seeded(seed * 1_000_003 + number);
  const story = describeStory(number, lane, worlds[0]);
  const pools = createPools(story);
  const crowd: Readonly<Record<'annotator' | 'verifier' | 'manager', Works>> = {
    annotator: pools.others,
    verifier: pools.others,
    manager: pools.others,
  };
  const literals = new Set<string>([...pools.shared, ...story.shown, ...story.hidden, story.screeningId]);
  const log: string[] = [`story ${number}, seed ${seed}, the reader is ${story.readerRole}`];
  for (const world of worlds) await beginStory(world, story);
  const sides = await Promise.all(worlds.map((world) => openSide(world, story, literals, bootedAt)));
  let step = 0;

  function fail(what: string, a: string, b: string): never {
    throw new Difference(`${log.slice(-12).join('\n')}\n--- ${what}, without others:\n${a}\n--- with others:\n${b}`);
  }

  function note(planned: Planned): void {
    for (const text of [
      planned.path,
      typeof planned.body === 'string' ? planned.body : Buffer.from(planned.body ?? []).toString(),
    ])
      for (const uuid of text.match(UUID) ?? []) literals.add(uuid.toLowerCase());
  }

  async function act(): Promise<void> {
    const [, { world }] = sides as [Side, Side];
    const role = random.of(['annotator', 'annotator', 'verifier', 'manager'] as const);
    const person = (world.lanes[lane] as Lane)[role];
    const { mark } = story.people[role];
    const draw = new Draw(random, story, pools, { own: crowd[role], mark, step: ++step });
    const planned = routes.plan(draw, { isCrowd: true });
    if (role === 'manager' && !isQuiet(planned)) return;
    note(planned);
    const answer = await send(world, person.cookie, planned, { requestId: `crowd-${number}-${step}`, refs: new Map() });
    if (planned.method !== 'GET') await awaitJobs(world, person.principal.userId);
    counts.acts++;
    if (isFinish(planned) && answer.status === 200) counts.cases.others++;
    remember(planned, answer, crowd[role]);
    const etag = answer.headers.get('etag');
    if (etag) keep(pools.othersEtags, etag);
    for (const uuid of answer.text?.match(UUID) ?? [])
      if (!literals.has(uuid.toLowerCase())) {
        literals.add(uuid.toLowerCase());
        keep(pools.othersIds, uuid);
      }
    log.push(`  ${role}: ${brief(planned)} → ${answer.status}`);
  }

  async function ask(): Promise<void> {
    const draw = new Draw(random, story, pools, { own: pools.reader, mark: story.people.reader.mark, step: ++step });
    const planned = routes.plan(draw, { isCrowd: false });
    note(planned);
    log.push(`reader: ${brief(planned)}`);
    const masks = planned.route.entry.masks ?? [];
    const answers = await Promise.all(
      sides.map(async (side) => {
        const from = Date.now();
        const answer = await send(side.world, side.cookie, planned, {
          requestId: `step-${number}-${step}`,
          refs: side.refs,
        });
        if (planned.method !== 'GET') await awaitJobs(side.world, story.people.reader.userId);
        side.canonical.addWindow({ from, to: Date.now() });
        return answer;
      }),
    );
    counts.steps++;
    if (isFinish(planned) && answers[0]?.status === 200) counts.cases.reader++;
    const [a, b] = answers.map((answer, n) => {
      const { canonical } = sides[n] as Side;
      let text = answer.text;
      for (const mask of ['jobs', 'ids', 'begun', 'active'] as const)
        if (text !== undefined && masks.includes(mask)) text = canonical[mask](text);
      const body = text === undefined ? digest(answer.bytes) : canonical.text(text);
      return `${answer.status}\n${canonical.headers(answer.headers, masks)}\n\n${body}`;
    }) as [string, string];
    if (a !== b) fail(brief(planned), a, b);
    const [first] = answers as [Answer, Answer];
    remember(planned, first, pools.reader);
    nameOwn(planned, answers);
    log.push(`        → ${first.status}`);
  }

  /** What the server has made for the reader gets a name that stands for it in both worlds. */
  function nameOwn({ route: { key } }: Planned, answers: readonly Answer[]): void {
    const found = answers.map(({ text = '' }) => [
      ...[...text.matchAll(/"job":\{"id":"([0-9a-f-]{36})"/g)].map(([, id]) => ['job', id] as const),
      ...[...text.matchAll(/"url":"\/(media\/([^/]+)\/[^"]+)"/g)].flatMap(([, link, mac]) => [
        ['link', link] as const,
        ['mac', mac] as const,
      ]),
      ...(key.startsWith('POST') ? (text.match(/^\{"id":"([0-9a-f-]{36})"/) ?? []) : [])
        .slice(1)
        .flatMap((id) => MADE.filter(([end]) => key.endsWith(end)).map(([, kind]) => [kind, id] as const)),
      ...[...text.matchAll(/"next":"([\w-]{60,})"/g)].map(([, id]) => ['next', id] as const),
    ]);
    found[0]?.forEach(([kind, value], n) => {
      const name = `own~${kind}${pools.ownRefs.length}`;
      const other = found[1]?.[n]?.[1];
      if (value === undefined || other === undefined || sides[0]?.refs.get(name) === value) return;
      if ([...(sides[0]?.refs ?? [])].some(([known, its]) => its === value && known.startsWith(`own~${kind}`))) return;
      if (pools.ownRefs.filter((ref) => ref.startsWith(`own~${kind}`)).length > MOST_OF_A_KIND) return;
      sides[0]?.refs.set(name, value);
      sides[1]?.refs.set(name, other);
      pools.ownRefs.push(name);
    });
  }

  async function listen(mark: string): Promise<void> {
    await Promise.all(sides.map((side) => settle(side.world, side.tape, story.projectId, mark)));
    compareTapes('what was told live');
  }

  function compareTapes(what: string): void {
    const [a, b] = sides.map((side) => {
      const heard = side.tape.messages.slice(side.read);
      side.read = side.tape.messages.length;
      return tapeText(side, heard);
    }) as [string, string];
    counts.messages += a.split('\n').length;
    if (a !== b) fail(what, a, b);
  }

  async function comeBack(): Promise<void> {
    const cursor = random.of([undefined, '0', '8888888888888888', '12345', ...pools.places]);
    if (cursor !== undefined) literals.add(cursor);
    log.push(`reader: connects again with the cursor ${cursor}`);
    await Promise.all(
      sides.map(async (side) => {
        await side.tape.close();
        side.tape = await openTape(side.world, side.cookie);
        side.read = 0;
        await side.tape.watch(story.projectId, cursor);
      }),
    );
    compareTapes('what was told after connecting again');
  }

  try {
    for (let script = 0; script < scripts; script++) {
      for (let n = 3 + random.below(5); n > 0; n--) {
        for (let acts = random.below(3); acts > 0; acts--) await act();
        if (random.chance(0.2)) {
          await delay(2);
          const moment = new Date().toISOString();
          literals.add(moment);
          keep(pools.moments, moment);
          await delay(2);
        }
        await ask();
      }
      await listen(`${number} ${script}`);
      await act();
      await act();
      await keepPlaces(sides[1] as Side, story, pools);
      await listen(`${number} ${script} others`);
      if (random.chance(0.3)) await comeBack();
      counts.scripts++;
    }
  } finally {
    await Promise.all(sides.map(({ tape }) => tape.close()));
    for (const world of worlds) await endStory(world, story);
  }
}

const isFinish = ({ route: { key } }: Planned): boolean => key.endsWith('/study-modes/cases/:imageId/finish');

/**
 * What a manager may do: look, draw, begin uploads, and give cases back to others. The rest of what they can do is there for
 * everybody, the reader included.
 */
function isQuiet({ method, route: { key }, body }: Planned): boolean {
  if (method === 'GET' || key.includes('/api/v2/uploads') || key.endsWith('/cases/reopen')) return true;
  return key.endsWith('/annotations/changes') && !/"(update|delete|restore|verify)"/.test(String(body));
}

async function openSide(world: World, story: Story, literals: Set<string>, bootedAt: number): Promise<Side> {
  const { cookie } = (world.lanes[story.lane] as Lane).reader;
  const tape = await openTape(world, cookie);
  await tape.watch(story.projectId);
  await settle(world, tape, story.projectId, 'begin');
  const canonical = new Canonical(literals, { bootedAt, begunAt: Date.now() });
  return { world, cookie, canonical, refs: new Map(), places: new Set(), tape, read: tape.messages.length };
}

/** Events in their order; progress of jobs, which comes when it comes, behind them. */
function tapeText({ canonical, places }: Side, messages: readonly LiveMessage[]): string {
  const working = new Set<string>();
  const lines = messages.flatMap((message) => {
    if (message.type === 'progress') {
      working.add(canonical.text(message.job.id));
      return [];
    }
    if (message.type === 'event') {
      places.add(message.cursor);
      return [canonical.text(JSON.stringify(message.event))];
    }
    if (message.type !== 'ready' && message.type !== 'reset') return [JSON.stringify(message)];
    return [
      places.has(message.cursor) ? `${message.type} <tick>` : `${message.type} ${canonical.cursor(message.cursor)}`,
    ];
  });
  return [...lines, ...[...working].sort().map((job) => `progress of ${job}`)].join('\n');
}

/** Places of what others have done since the last mark: no event of the reader's own is near them. */
async function keepPlaces(side: Side, story: Story, pools: Pools): Promise<void> {
  const { sql } = side.world.kernel.platform.database;
  const rows = await sql.query<{ position: string | null }>(
    `select position from core.outbox where project_id = $1 and id > (
       select max(id) from core.outbox where project_id = $1 and topic = 'leaky:settled') order by id`,
    [story.projectId],
  );
  if (rows.some(({ position }) => position === null)) {
    await delay(5);
    return keepPlaces(side, story, pools);
  }
  for (const { position } of rows) keep(pools.places, position as string);
  await delay(2);
}

function keep(list: string[], value: string): void {
  list.push(value);
  if (list.length > MOST_KEPT) list.shift();
}

/** Notes what somebody has made, for their next steps and as something for others to guess. */
function remember({ route, body, params }: Planned, { status, headers, text = '' }: Answer, works: Works): void {
  const asJson = <T>(value: string): Partial<T> => {
    try {
      return JSON.parse(value) as T;
    } catch {
      return {};
    }
  };
  const { key } = route;
  if (key.endsWith('/annotations/changes')) {
    const { changeId } = asJson<{ changeId: string }>(String(body));
    if (changeId) keep(works.changeIds, changeId);
    const { items = [], conflicts = [] } = asJson<{ items: Annotation[]; conflicts: { current?: Annotation }[] }>(text);
    for (const { uuid, imageId, templateId, revision, deleted } of [
      ...items,
      ...conflicts.flatMap(({ current }) => current ?? []),
    ])
      works.annotations.set(uuid, { imageId, templateId, revision, isDeleted: deleted });
  }
  if (key === 'PUT /api/v2/annotations/:annotationId/media/:mediaId' && status < 300)
    works.media.push([params['annotationId'] ?? '', params['mediaId'] ?? '']);
  const upload = key === 'POST /api/v2/uploads' ? headers.get('location')?.split('/').at(-1) : undefined;
  if (upload) keep(works.uploads, upload);
  if (key.endsWith('/annotations/import') && status < 300) {
    const { importId } = asJson<{ importId: string }>(text);
    if (importId) keep(works.importIds, importId);
  }
}

const brief = ({ method, path, headers, body }: Planned): string =>
  [
    method,
    path,
    headers['if-none-match'] ?? '',
    typeof body === 'string' ? body.slice(0, 600) : body ? '(bytes)' : '',
  ].join(' ');
