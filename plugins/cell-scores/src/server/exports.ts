import { Readable } from 'node:stream';
import { differential, mitoticCount } from '@exact/scores';
import type { Image } from '@exact/sdk/contract';
import type { PluginContext } from '@exact/sdk/server';
import { MAX_PAGE } from '../shared/contract.ts';
import type { ImageScores } from '../shared/model.ts';
import { summarise } from '../shared/summary.ts';
import { type CsvNames, headOf, imageRows, summaryRows } from './csv.ts';
import { basisOf, scoreImages, type ScoresContext, type ScoresRequest } from './scores.ts';

/** Scores of images, a few at a time: however many there are, the server goes on with other things in between. */
async function* scorePages(
  ctx: ScoresContext,
  request: ScoresRequest,
  images: readonly Image[],
): AsyncGenerator<ImageScores[]> {
  for (let at = 0; at < images.length; at += MAX_PAGE) yield scoreImages(ctx, request, images.slice(at, at + MAX_PAGE));
}

/** The table of one score, sent as it is worked out. */
export function toCsv(
  ctx: ScoresContext,
  request: ScoresRequest,
  images: readonly Image[],
  score: 'differential' | 'mitotic',
  names: CsvNames,
): Readable {
  const basis = basisOf(request.rules);
  return Readable.from(
    (async function* () {
      yield headOf(score);
      const all: ImageScores[] = [];
      for await (const page of scorePages(ctx, request, images)) {
        all.push(...page);
        yield page.map((image) => imageRows(score, image, basis, names)).join('');
      }
      yield summaryRows(score, summarise(all, request.rules.settings.minimumCells), names);
    })(),
  );
}

/** Both scores with their rules, for programs. */
export function toJson(
  ctx: ScoresContext,
  request: ScoresRequest,
  images: readonly Image[],
  names: CsvNames,
): Readable {
  const rules = [differential, mitoticCount].map(({ id, version, title, rule, sources }) => ({
    ...{ id, version, title, rule, sources },
  }));
  return Readable.from(
    (async function* () {
      yield `{"scores":${JSON.stringify(rules)},"basis":${JSON.stringify(basisOf(request.rules))},"images":[`;
      const all: ImageScores[] = [];
      for await (const page of scorePages(ctx, request, images)) {
        const texts = page.map((image) => JSON.stringify(image));
        if (texts.length > 0) yield `${all.length > 0 ? ',' : ''}${texts.join(',')}`;
        all.push(...page);
      }
      const { imageSets, who, ...rest } = summarise(all, request.rules.settings.minimumCells);
      const named = {
        ...rest,
        imageSets: imageSets.map((set) => ({ name: names.imageSet(set.imageSetId), ...set })),
        who: who.map((one) => (one.authorId === undefined ? one : { reader: names.reader(one.authorId), ...one })),
      };
      yield `],"summary":${JSON.stringify(named)}}\n`;
    })(),
  );
}

/** Names of image sets and of the people who have drawn there, of those that the person may know of. */
export async function readNames(
  { annotations, db, projects }: Pick<PluginContext, 'annotations' | 'db' | 'projects'>,
  { principal, projectId }: ScoresRequest,
): Promise<CsvNames> {
  const sets = new Map((await projects.imageSets(principal, projectId)).map(({ id, name }) => [id, name]));
  const authors = await annotations.count(principal, { projectId }, 'author');
  const people = await db.query<{ id: number; username: string }>(
    'select id, username from core.app_user where id = any($1::int[])',
    [authors.map(({ id }) => id)],
  );
  const usernames = new Map(people.map(({ id, username }) => [id, username]));
  return {
    imageSet: (id) => sets.get(id) ?? `#${id}`,
    reader: (id) => usernames.get(id) ?? `#${id}`,
  };
}
