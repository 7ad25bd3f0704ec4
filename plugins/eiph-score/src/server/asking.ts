import { type Box, type Grade, ths } from '@exact/scores';
import { InvalidRequestError } from '@exact/sdk/contract';
import type { AnnotationFilter, EndpointRequest, PluginContext, Principal } from '@exact/sdk/server';
import type { Basis } from '../shared/contract.ts';
import { gradeMapOf, mapTemplates } from '../shared/mapping.ts';
import type { EiphSettings, Inclusion, VerifiedChoice } from '../shared/settings.ts';

export type Context = Pick<PluginContext, 'annotations' | 'images' | 'projects' | 'settings'>;

/** Who asks in which project, and by which rule cells count there. */
export interface Asking {
  readonly principal: Principal;
  readonly projectId: number;
  readonly settings: EiphSettings;
  readonly gradeOf: ReadonlyMap<number, Grade>;
  /** By template: half of the larger side of the shape that a click places, in level-0 pixels. */
  readonly radiusOf: ReadonlyMap<number, number>;
  readonly signal: AbortSignal;
}

/** What a question can name, as its endpoint has checked it. */
export interface CellQuery {
  readonly imageId?: number | undefined;
  readonly imageSetId?: number | undefined;
  readonly authors?: readonly number[] | undefined;
  readonly layers?: readonly number[] | undefined;
  readonly box?: readonly number[] | undefined;
  readonly inclusion?: Inclusion | undefined;
}

export async function askingOf(
  ctx: Context,
  { principal, projectId, signal }: Pick<EndpointRequest<never>, 'principal' | 'projectId' | 'signal'>,
): Promise<Asking> {
  if (projectId === undefined) throw new Error('The endpoints of this plugin are mounted below a project.');
  const [settings, products] = await Promise.all([
    ctx.settings.project<EiphSettings>(projectId),
    ctx.projects.products(principal, projectId),
  ]);
  const templates = products.flatMap((product) => product.templates);
  const gradeOf = gradeMapOf(mapTemplates(templates, settings.grades));
  const radiusOf = new Map(
    templates.map(({ id, defaultWidth, defaultHeight }) => [id, Math.max(defaultWidth, defaultHeight) / 2]),
  );
  return { principal, projectId, settings, gradeOf, radiusOf, signal };
}

/** What an answer says of how it came about. */
export const basisOf = ({ settings, gradeOf }: Asking, inclusion?: Inclusion): Basis => ({
  score: `${ths.id}@${ths.version}`,
  inclusion: inclusion ?? settings.inclusion,
  verified: settings.verified,
  minimumCells: settings.minimumCells,
  seed: settings.seed,
  grades: [...gradeOf].map(([templateId, grade]) => ({ templateId, grade })),
});

export const scoreOf = ({ settings: { minimumCells, seed } }: Asking, counts: readonly number[]) =>
  ths.compute({ counts, minimumCells, seed });

/** Annotations among which the cells of a question are; those in a box are the ones that touch it. */
export function filterOf(
  { projectId, settings }: Pick<Asking, 'projectId' | 'settings'>,
  { imageId, imageSetId, authors, layers, box }: CellQuery,
): AnnotationFilter {
  const whose: AnnotationFilter[] = [
    ...(authors ? [{ authorIds: authors, layers: [null] }] : []),
    ...(layers ? [{ layers }] : []),
  ];
  const verdicts = VERDICTS[settings.verified];
  const ways = (whose.length > 0 ? whose : [{}]).flatMap((who) => verdicts.map((verdict) => ({ ...who, ...verdict })));
  return {
    projectId,
    ...(imageId !== undefined && { imageId }),
    ...(imageSetId !== undefined && { imageSetId }),
    ...(box && { box: boxOf(box) }),
    ...(ways.length > 1 ? { anyOf: ways } : ways[0]),
  };
}

/** One of these has to hold. */
const VERDICTS: Readonly<Record<VerifiedChoice, readonly AnnotationFilter[]>> = {
  all: [{}],
  accepted: [{ verified: 'accepted' }],
  notRejected: [{ verified: 'accepted' }, { verified: 'none' }],
};

/** @throws InvalidRequestError for a box that is in no image */
export function checkBox({ box, imageId }: CellQuery): void {
  if (box && imageId === undefined)
    throw new InvalidRequestError({
      fields: [{ path: 'query.box', message: 'is a part of one image: name it by "imageId"' }],
    });
}

export const boxOf = ([minX = 0, minY = 0, maxX = 0, maxY = 0]: readonly number[]): Box => ({
  minX,
  minY,
  maxX,
  maxY,
});
