import type { Image, Product } from '@exact/sdk/contract';
import type { PluginContext, Principal } from '@exact/sdk/server';
import { BIRDS, BLOOD, PEOPLE, PROJECT, SLIDE, TEAM } from './content.ts';
import { listSeries, readFile } from './carried-files.ts';
import { toDrafts } from './blood-boxes.ts';
import { slideExamples } from './slide-examples.ts';
import { stableUuid } from './stable-uuid.ts';

/** Where the making of the demo stands: it is begun on an empty instance only, and never again once it is done. */
const MARK = 'demo';
type Mark = 'begun' | 'done';

/** The plugin that makes spectrograms: without it a sound cannot be taken in. */
const PLAYS_SOUNDS = 'media-playback';

/** Plugins that are on in the demo project, where they are installed. */
const SWITCHED_ON = [
  'label-statistics',
  'image-filters',
  'annotation-import',
  'study-modes',
  'verification',
  'agreement',
  'screening',
  'eiph-score',
  'cell-scores',
  PLAYS_SOUNDS,
];

/**
 * Makes the demo, or goes on where an earlier start was interrupted. Each step finds what is there by its name (annotations by
 * UUIDs made from it), so that running it again after a death at any point ends in the same content.
 *
 * @param plugins - what is installed
 */
export async function makeDemo(ctx: PluginContext, plugins: readonly { readonly id: string }[]): Promise<void> {
  const { provision, kv, log, signal } = ctx;
  if (!provision.isDemo) return;
  const mark = (await kv.get({}, MARK)) as Mark | undefined;
  if (mark === 'done') return;
  if (mark === undefined) {
    // People with a public password must not appear in an instance that others work in already.
    if (!(await provision.isEmpty())) {
      log.info({}, 'no demo is made: the instance holds projects already');
      return;
    }
    await kv.set({}, MARK, 'begun' satisfies Mark);
  }
  const start = performance.now();
  const manager = await provision.ensureUser(PEOPLE.manager);
  const reader = await provision.ensureUser(PEOPLE.reader);
  const team = await provision.ensureTeam(TEAM, [
    { principal: manager, isTeamAdmin: true },
    { principal: reader, isTeamAdmin: false },
  ]);
  const project = await provision.ensureProject(manager, team.id, {
    ...PROJECT,
    members: [{ principal: reader, role: 'annotator' }],
    plugins: SWITCHED_ON.filter((id) => plugins.some((plugin) => plugin.id === id)),
  });
  signal.throwIfAborted();
  await makeSlide(ctx, manager, project.id);
  await makeSeries(ctx, manager, project.id);
  if (plugins.some(({ id }) => id === PLAYS_SOUNDS)) await makeRecording(ctx, manager, project.id);
  await kv.set({}, MARK, 'done' satisfies Mark);
  log.info({ ms: Math.round(performance.now() - start), projectId: project.id }, 'the demo is made');
}

async function makeSlide(ctx: PluginContext, manager: Principal, projectId: number): Promise<void> {
  const product = await ctx.provision.ensureProduct(manager, projectId, SLIDE.product);
  const imageSet = await ctx.provision.ensureImageSet(manager, projectId, SLIDE.set);
  const image = await ensureImage(ctx, manager, imageSet.id, SLIDE.file);
  await annotate(ctx, manager, image, SLIDE.file, slideExamples(templateIds(product)));
}

async function makeSeries(ctx: PluginContext, manager: Principal, projectId: number): Promise<void> {
  const product = await ctx.provision.ensureProduct(manager, projectId, BLOOD.product);
  const imageSet = await ctx.provision.ensureImageSet(manager, projectId, BLOOD.set);
  for (const { image: file, boxes } of await listSeries(BLOOD.folder)) {
    ctx.signal.throwIfAborted();
    const image = await ensureImage(ctx, manager, imageSet.id, file);
    const { drafts, problems } = toDrafts(file, await readFile(boxes).toText(), templateIds(product));
    for (const problem of problems) ctx.log.warn({ file: boxes, ...problem }, 'a box of the demo is left out');
    // The picture may still be on its way through its conversion: boxes need its name only.
    await annotate(ctx, manager, image, file, drafts);
  }
}

async function makeRecording(ctx: PluginContext, manager: Principal, projectId: number): Promise<void> {
  await ctx.provision.ensureProduct(manager, projectId, BIRDS.product);
  const imageSet = await ctx.provision.ensureImageSet(manager, projectId, BIRDS.set);
  await ensureImage(ctx, manager, imageSet.id, BIRDS.file);
}

type Drafts = ReturnType<typeof toDrafts>['drafts'];

/** An image of the set that was uploaded under this name, or else the file that the plugin carries. */
async function ensureImage(ctx: PluginContext, manager: Principal, imageSetId: number, file: string): Promise<Image> {
  const name = file.split('/').at(-1) ?? file;
  const present = (await ctx.images.listOfSet(manager, imageSetId)).find((image) => image.privateName === name);
  return present ?? ctx.images.add(manager, imageSetId, { name, source: readFile(file).stream() });
}

async function annotate(
  ctx: PluginContext,
  manager: Principal,
  image: Image,
  file: string,
  create: Drafts,
): Promise<void> {
  if (create.length === 0) return;
  // The id of the image is in it: after somebody has deleted the half-made project, the new one's boxes are others.
  const changeId = stableUuid(`${file} in image ${image.id}`);
  const own = create.map((draft) => ({ ...draft, uuid: stableUuid(`${draft.uuid} in image ${image.id}`) }));
  await ctx.annotations.change(manager, image.id, { changeId, create: own });
}

const templateIds = (product: Product): ReadonlyMap<string, number> =>
  new Map(product.templates.map(({ name, id }) => [name, id]));
