import { InvalidRequestError, NotFoundError } from '@exact/sdk/contract';
import type { AnnotationFilter, Handlers, PluginContext } from '@exact/sdk/server';
import { isInside } from '@exact/scores';
import { packMask } from '@exact/screening';
import { type cellScoresContract, MAX_LISTED, MAX_PAGE } from '../shared/contract.ts';
import { cellIndexOf } from '../shared/mapping.ts';
import { readCells, readRules, verdictFilter, whoseFilter } from './cells.ts';
import { readNames, toCsv, toJson } from './exports.ts';
import { measureDifferential, measureMitotic, needsTissue } from './measure.ts';
import { basisOf, listImages, readTissue, scoreImages, type ScoresContext, type ScoresRequest } from './scores.ts';
import type { TissueSource } from './tissue.ts';

/** Answers of the endpoints. What one may not see counts nothing: the platform narrows each question by its asker. */
export function createHandlers(
  ctx: Pick<PluginContext, 'annotations' | 'images' | 'projects' | 'settings' | 'db'>,
  tissue: TissueSource,
): Handlers<typeof cellScoresContract> {
  const scores: ScoresContext = { annotations: ctx.annotations, images: ctx.images, projects: ctx.projects, tissue };

  async function requestOf(request: {
    readonly principal: ScoresRequest['principal'];
    readonly projectId: number | undefined;
    readonly signal: AbortSignal;
  }): Promise<ScoresRequest> {
    const projectId = needed(request.projectId);
    const { principal, signal } = request;
    return { principal, projectId, signal, rules: await readRules(ctx, principal, projectId) };
  }
  /** Images of the set that is named, which has to be in this project, or of all. */
  async function imagesOf({ principal, projectId }: ScoresRequest, imageSetId: number | undefined) {
    if (imageSetId !== undefined) {
      const sets = await ctx.projects.imageSets(principal, projectId);
      if (!sets.some(({ id }) => id === imageSetId)) throw new NotFoundError({ what: `image set ${imageSetId}` });
    }
    return listImages(ctx, principal, projectId, imageSetId);
  }

  return {
    async classes(request) {
      const { rules } = await requestOf(request);
      return rules.templates.map(({ id, name, product, cell, cellBy, mitosis, mitosisBy }) => ({
        ...{ templateId: id, name, product, cellBy, mitosisBy },
        ...(cell === undefined ? {} : { cell }),
        ...(mitosis === undefined ? {} : { mitosis }),
      }));
    },

    async differential({ query, ...request }) {
      const { principal, projectId, rules, signal } = await requestOf(request);
      const { imageId, imageSetId, box } = query;
      if (box && imageId === undefined)
        throw invalid('query.imageId', 'is needed with a box: its pixels are those of an image');
      const filter: AnnotationFilter = {
        projectId,
        ...(imageId === undefined ? {} : { imageId }),
        ...(imageSetId === undefined ? {} : { imageSetId }),
        ...whoseFilter(query),
      };
      const onlyCells = { ...rules, mitosis: new Map() };
      const bounds = box && boxOf(box);
      const cells = await readCells(
        ctx.annotations,
        principal,
        onlyCells,
        bounds ? { ...filter, box: bounds } : filter,
        signal,
      );
      const indices = cells ? indicesIn(cells, bounds) : [];
      const counted = cellIndexOf(rules.templates);
      const others = await ctx.annotations.count(
        principal,
        { ...filter, ...verdictFilter(rules.settings.verified) },
        'template',
      );
      return {
        basis: basisOf(rules),
        differential: measureDifferential(rules, cells, indices),
        notCounted: others
          .filter(({ id }) => !counted.has(id))
          .map(({ id, count }) => ({ templateId: id, count }))
          .sort((a, b) => b.count - a.count || a.templateId - b.templateId),
      };
    },

    async mitotic({ params, query, ...request }) {
      const { principal, projectId, rules, signal } = await requestOf(request);
      const image = await ctx.images.get(principal, params.imageId);
      const onlyFigures = { ...rules, cellIndex: new Map() };
      const filter = { projectId, imageId: image.id, ...whoseFilter(query) };
      const cells = await readCells(ctx.annotations, principal, onlyFigures, filter, signal);
      const found = needsTissue(rules, image) ? await readTissue(tissue, image, rules, signal) : undefined;
      const indices = cells ? Array.from({ length: cells.count }, (_, i) => i) : [];
      const { answer, figures } = measureMitotic(rules, image, found, cells, indices, windowOf(query.at));
      return {
        basis: basisOf(rules),
        mitotic: answer,
        figures: cells ? figures.slice(0, MAX_LISTED).map((i) => cells.uuid(i)) : [],
      };
    },

    async tissue({ params, ...request }) {
      const { principal, rules, signal } = await requestOf(request);
      const image = await ctx.images.get(principal, params.imageId);
      const { width, height, bits } = await tissue.of(image, rules.settings.tissueThreshold, signal);
      return { width, height, bits: Buffer.from(packMask(bits)).toString('base64') };
    },

    async scores({ query, ...request }) {
      const asked = await requestOf(request);
      const images = await imagesOf(asked, query.imageSetId);
      const after = Number(query.cursor ?? 0);
      const rest = images.filter(({ id }) => id > after);
      const page = rest.slice(0, query.limit ?? MAX_PAGE);
      const last = page.at(-1);
      return {
        basis: basisOf(asked.rules),
        items: await scoreImages(scores, asked, page),
        total: images.length,
        ...(last && rest.length > page.length ? { next: String(last.id) } : {}),
      };
    },

    async csv({ query, ...request }) {
      const asked = await requestOf(request);
      const images = await imagesOf(asked, query.imageSetId);
      return {
        headers: fileHeaders('text/csv; charset=utf-8', `${query.score}-${asked.projectId}.csv`),
        body: toCsv(scores, asked, images, query.score, await readNames(ctx, asked)),
      };
    },

    async json({ query, ...request }) {
      const asked = await requestOf(request);
      const images = await imagesOf(asked, query.imageSetId);
      return {
        headers: fileHeaders('application/json; charset=utf-8', `cell-scores-${asked.projectId}.json`),
        body: toJson(scores, asked, images, await readNames(ctx, asked)),
      };
    },
  };
}

const fileHeaders = (type: string, name: string) => ({
  'content-type': type,
  'content-disposition': `attachment; filename="${name}"`,
  'cache-control': 'no-store',
});

const invalid = (path: string, message: string): Error => new InvalidRequestError({ fields: [{ path, message }] });

function boxOf([minX = 0, minY = 0, maxX = 0, maxY = 0]: readonly number[]) {
  if (!(minX < maxX && minY < maxY)) throw invalid('query.box', 'must be minX,minY,maxX,maxY with min below max');
  return { minX, minY, maxX, maxY };
}

/** Those whose middle lies in the box: the filter has given all whose bounding box touches it. */
function indicesIn(
  { count, x, y }: { readonly count: number; readonly x: Float32Array; readonly y: Float32Array },
  box: ReturnType<typeof boxOf> | undefined,
): number[] {
  const all = Array.from({ length: count }, (_, i) => i);
  return box ? all.filter((i) => isInside(box, x[i] ?? NaN, y[i] ?? NaN)) : all;
}

function windowOf(at: readonly number[] | undefined) {
  if (!at) return undefined;
  const [x = 0, y = 0, width, height] = at;
  if (width === undefined || height === undefined) return { x, y };
  if (!(width > 0 && height > 0)) throw invalid('query.at', 'must have a width and a height above 0');
  return { x, y, width, height };
}

function needed(projectId: number | undefined): number {
  if (projectId === undefined) throw new Error('The endpoints of this plugin are mounted below a project.');
  return projectId;
}
