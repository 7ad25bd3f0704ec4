import { CELL_CLASSES, MITOTIC_KINDS } from '@exact/scores';
import {
  contract,
  endpoint,
  Id,
  ImageNotReadyError,
  listOf,
  raw,
  TileUnreadableError,
  Uuid,
} from '@exact/sdk/contract';
import { z } from 'zod';
import { Basis, DifferentialAnswer, ImageScores, MitoticAnswer } from './model.ts';

/** Most images in one page of scores: each may have to be looked at for its tissue first. */
export const MAX_PAGE = 20;
/** Most figures that are named in one answer. */
export const MAX_LISTED = 1000;

const numbers = (least: number, most: number, words: string) =>
  listOf(z.coerce.number().finite(), most).refine((list) => list.length >= least && list.length <= most, words);

const Whose = {
  authors: listOf(Id, 200).optional().describe('only what these people have drawn for themselves'),
  layers: listOf(Id, 200).optional().describe('only what is in these layers'),
};
const By = z.enum(['set', 'name', 'inactive', 'nothing']);

const access = { permission: 'annotations:read', in: 'project' } as const;
const ofImage = { permission: 'annotations:read', in: 'image' } as const;
const image = z.object({ imageId: Id });

/** Endpoints of the plugin, below `/api/v2/projects/:projectId/plugins/cell-scores`. */
export const cellScoresContract = contract({
  classes: endpoint({
    method: 'GET',
    path: '/classes',
    summary: 'What the templates of the project stand for in both scores, and why',
    access,
    response: z.array(
      z.object({
        templateId: Id,
        name: z.string(),
        product: z.string(),
        cell: z.enum(CELL_CLASSES).optional(),
        cellBy: By,
        mitosis: z.enum(MITOTIC_KINDS).optional(),
        mitosisBy: By,
      }),
    ),
  }),
  differential: endpoint({
    method: 'GET',
    path: '/differential',
    summary:
      'Differential cell count of a box, an image, an image set or the project; only cells that the caller may see',
    access,
    query: z.object({
      imageId: Id.optional(),
      imageSetId: Id.optional(),
      ...Whose,
      box: numbers(4, 4, 'must be minX,minY,maxX,maxY').optional().describe('level-0 pixels of the image'),
    }),
    response: z.object({
      basis: Basis,
      differential: DifferentialAnswer,
      notCounted: z
        .array(z.object({ templateId: Id, count: z.number() }))
        .describe('annotations whose template stands for no class, in image, set or project'),
    }),
  }),
  mitotic: endpoint({
    method: 'GET',
    path: '/images/:imageId/mitotic-count',
    summary:
      'Mitotic count of an image at its hot spot, or in a window that is given; only figures that the caller may see',
    access: ofImage,
    params: image,
    query: z.object({
      ...Whose,
      at: numbers(2, 4, 'must be x,y or x,y,width,height')
        .refine((list) => list.length !== 3, 'must be x,y or x,y,width,height')
        .optional()
        .describe('top left corner of the window, and its size if it is another one, in level-0 pixels'),
    }),
    response: z.object({
      basis: Basis,
      mitotic: MitoticAnswer,
      figures: z.array(Uuid).describe(`those in the window, oldest first, at most ${MAX_LISTED}`),
    }),
  }),
  tissue: endpoint({
    method: 'GET',
    path: '/images/:imageId/tissue',
    summary: 'Where tissue is on an image, as a raster over all of it',
    access: { permission: 'images:read', in: 'image' },
    params: image,
    response: z.object({
      width: z.number(),
      height: z.number(),
      bits: z.base64().describe('one bit a cell, row by row, highest bit first, 1 is tissue'),
    }),
    errors: [ImageNotReadyError, TileUnreadableError],
  }),
  scores: endpoint({
    method: 'GET',
    path: '/scores',
    summary:
      'Both scores of each image of a set or of the project, in all and by reader or layer; only what the caller may see',
    access,
    query: z.object({
      imageSetId: Id.optional(),
      cursor: z
        .string()
        .regex(/^[1-9]\d{0,9}$/)
        .optional(),
      limit: z.coerce.number().int().min(1).max(MAX_PAGE).optional().describe(`default ${MAX_PAGE}`),
    }),
    response: z.object({
      basis: Basis,
      items: z.array(ImageScores),
      total: z.number().describe('images in the set or project'),
      next: z.string().optional(),
    }),
  }),
  csv: endpoint({
    method: 'GET',
    path: '/scores/csv',
    summary: 'One of the scores by image, image set, project, reader and layer, as comma-separated values',
    access,
    query: z.object({ imageSetId: Id.optional(), score: z.enum(['differential', 'mitotic']) }),
    response: raw('text/csv'),
  }),
  json: endpoint({
    method: 'GET',
    path: '/scores/json',
    summary: 'Both scores by image, image set, project, reader and layer, with rules, versions and parameters',
    access,
    query: z.object({ imageSetId: Id.optional() }),
    response: raw('application/json'),
  }),
});
