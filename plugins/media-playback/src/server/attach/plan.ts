import { MAX_MEDIA, MEDIA_TYPES } from '@exact/sdk/contract';
import type { PluginContext, Principal } from '@exact/sdk/server';
import { ATTACH_OUTCOMES, type AttachPlan, type AttachPlanDraft } from '../../shared/model.ts';
import { readCandidates } from './candidates.ts';
import { type Candidate, createMatcher } from './match.ts';
import { readPattern, type Said } from './pattern.ts';

type Outcome = AttachPlan['files'][number];

const ENDINGS: ReadonlySet<string> = new Set(
  Object.values(MEDIA_TYPES).flatMap(({ endings }) => endings as readonly string[]),
);
/** Names that are read before others get their turn. */
const TURN = 100;

/** What would become of files by their names. Stores nothing. */
export async function planAttachments(
  ctx: Pick<PluginContext, 'annotations' | 'db' | 'images' | 'projects'>,
  principal: Principal,
  projectId: number,
  { pattern: text, imageSetId, imageId, files }: AttachPlanDraft,
): Promise<AttachPlan> {
  const products = await ctx.projects.products(principal, projectId);
  const labels = new Map(products.flatMap(({ templates }) => templates.map(({ id, name }) => [id, name])));
  const pattern = readPattern(text, [...labels.values()]);
  const said: (Said | undefined)[] = [];
  for (const [i, { name }] of files.entries()) {
    if (i % TURN === TURN - 1) await new Promise((resolve) => setImmediate(resolve));
    said.push(pattern.read(name));
  }
  const uuids = pattern.fields.includes('uuid')
    ? [...new Set(said.flatMap((one) => withDashes(one?.uuid) ?? []))]
    : undefined;
  const candidates = await readCandidates(ctx, principal, { projectId, imageSetId, imageId }, labels, uuids);
  const match = createMatcher(pattern, candidates);
  const matches = said.map((one) => (one ? match(one) : []));
  const there = await filesOf(
    ctx,
    matches.flatMap((found) => (found.length === 1 && found[0] ? [found[0].annotationId] : [])),
  );
  const room = new Map([...there].map(([annotationId, list]) => [annotationId, MAX_MEDIA - list.length]));
  const chosen = new Set<string>();

  const outcomes = files.map((file, i): Outcome => {
    const { name, sizeBytes } = file;
    const found = matches[i] ?? [];
    const [first] = found;
    const refused = (reason: string): Outcome => ({ name, outcome: 'refused', reason });
    const ending = /\.([a-z0-9]+)$/i.exec(name)?.[1]?.toLowerCase() ?? '';
    if (!ENDINGS.has(ending))
      return refused(`Files with the ending "${ending}" are not attached. Possible: ${[...ENDINGS].join(', ')}.`);
    if (sizeBytes === 0) return refused('The file is empty (0 bytes).');
    if (!said[i]) return { name, outcome: 'none', reason: 'The name does not fit the pattern.' };
    if (!first) return { name, outcome: 'none', reason: reasonFor(said[i], imageSetId ?? imageId) };
    if (found.length > 1)
      return {
        name,
        outcome: 'several',
        matches: found.length,
        reason: `${found.length} objects fit. Make the pattern more exact.`,
      };
    const object = objectOf(first, pattern.fields.includes('label'));
    const same = there.get(first.annotationId)?.find((other) => other.name === name);
    if (same && same.sizeBytes === sizeBytes) return { name, outcome: 'known', object };
    const key = `${first.annotationId} ${name}`;
    if (chosen.has(key)) return { ...refused('Another file of this name goes to the same object.'), object };
    chosen.add(key);
    const left = room.get(first.annotationId) ?? MAX_MEDIA;
    if (left <= 0) return { ...refused(`The object would have more than ${MAX_MEDIA} files.`), object };
    room.set(first.annotationId, left - 1);
    return { name, outcome: 'attach', object };
  });
  const counts = Object.fromEntries(
    ATTACH_OUTCOMES.map((outcome) => [outcome, outcomes.filter((file) => file.outcome === outcome).length]),
  ) as AttachPlan['counts'];
  return { files: outcomes, counts, objects: candidates.length };
}

function reasonFor(said: Said, place: number | undefined): string {
  const what = Object.entries(said).map(([field, value]) => `${field} ${value}`);
  return `No object that you see ${place === undefined ? 'in the project' : 'there'} has ${what.join(', ')}.`;
}

function objectOf(
  { annotationId, imageId, imageName, label, numberInImage, numberInLabel }: Candidate,
  byLabel: boolean,
): NonNullable<Outcome['object']> {
  return { annotationId, imageId, imageName, label, number: byLabel ? numberInLabel : numberInImage };
}

/** Files that objects have; only of objects that the person sees. */
async function filesOf(
  { db }: Pick<PluginContext, 'db'>,
  annotationIds: readonly string[],
): Promise<ReadonlyMap<string, readonly { readonly name: string; readonly sizeBytes: number }[]>> {
  const rows = await db.query<{ uuid: string; name: string; sizeBytes: string }>(
    `select a.uuid, m.name, m.size_bytes as "sizeBytes" from core.media m join core.annotation a on a.id = m.annotation_id
      where a.uuid = any($1::uuid[])`,
    [[...new Set(annotationIds)]],
  );
  const files = new Map<string, { name: string; sizeBytes: number }[]>();
  for (const { uuid, name, sizeBytes } of rows) {
    const list = files.get(uuid) ?? [];
    list.push({ name, sizeBytes: Number(sizeBytes) });
    files.set(uuid, list);
  }
  return files;
}

function withDashes(uuid: string | undefined): string | undefined {
  return uuid?.replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, '$1-$2-$3-$4-$5');
}
