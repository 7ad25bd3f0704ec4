import { z } from 'zod';
import { Id, Name, Timestamp } from './common.ts';
import { contract, endpoint } from './endpoint.ts';
import { ConflictError } from './errors.ts';

/** What a layer is for: what a manager marks to show how it is done, and what programs or earlier readers have found. */
export const LAYER_PURPOSES = ['guidance', 'precomputed'] as const;
export type LayerPurpose = (typeof LAYER_PURPOSES)[number];

const Line = z.string().trim().min(1).max(500);

/** Where the annotations of a layer come from. */
export const LayerSource = z.strictObject({
  program: Line.optional(),
  version: Line.optional(),
  file: Line.optional(),
  sha256: z
    .string()
    .regex(/^[0-9a-f]{64}$/, 'must be 64 hexadecimal digits')
    .optional(),
  note: z.string().max(10_000).optional(),
});
export type LayerSource = z.output<typeof LayerSource>;

/** Annotations that belong together and are nobody's own work in the project. */
export const AnnotationLayer = z.object({
  id: Id,
  projectId: Id,
  name: z.string(),
  purpose: z.enum(LAYER_PURPOSES),
  /** Readers who work blind see it. All others see all layers. */
  shown: z.boolean(),
  createdAt: Timestamp,
  /** Absent for readers who work blind. */
  source: LayerSource.optional(),
  /** Absent for readers who work blind. Deleted ones are not counted. */
  annotationCount: z.number().optional(),
});
export type AnnotationLayer = z.output<typeof AnnotationLayer>;

export interface LayerDraft {
  readonly name: string;
  readonly purpose: LayerPurpose;
  /** Default: false. */
  readonly shown?: boolean | undefined;
  readonly source?: LayerSource | undefined;
}

const projectParams = z.object({ projectId: Id });
const layerParams = z.object({ layerId: Id });

export const layersContract = contract({
  list: endpoint({
    method: 'GET',
    path: '/projects/:projectId/layers',
    summary: 'Layers of annotations, by name; who works blind gets the shown ones, without counts',
    access: { permission: 'layers:read', in: 'project' },
    params: projectParams,
    response: z.array(AnnotationLayer),
  }),
  create: endpoint({
    method: 'POST',
    path: '/projects/:projectId/layers',
    summary: 'Make a layer',
    access: { permission: 'layers:write', in: 'project' },
    params: projectParams,
    body: z.strictObject({
      name: Name,
      purpose: z.enum(LAYER_PURPOSES),
      shown: z.boolean().optional().describe('to readers who work blind; default false'),
      source: LayerSource.optional(),
    }),
    response: AnnotationLayer,
    status: 201,
    errors: [ConflictError],
  }),
  update: endpoint({
    method: 'PATCH',
    path: '/layers/:layerId',
    summary: 'Rename a layer, say where it comes from, show it to readers who work blind or hide it',
    access: { permission: 'layers:write', in: 'layer' },
    params: layerParams,
    body: z.strictObject({
      name: Name.optional(),
      purpose: z.enum(LAYER_PURPOSES).optional(),
      shown: z.boolean().optional(),
      source: LayerSource.optional(),
    }),
    response: AnnotationLayer,
    errors: [ConflictError],
  }),
  remove: endpoint({
    method: 'DELETE',
    path: '/layers/:layerId',
    summary: 'Delete a layer with its annotations for good; their number must be repeated unless there are none',
    access: { permission: 'layers:write', in: 'layer' },
    params: layerParams,
    query: z.object({ annotations: z.coerce.number().int().min(0).optional() }),
    errors: [ConflictError],
  }),
});
