import {
  checkGeometry,
  checkInsideImage,
  translate as moveBy,
  type Geometry,
  type GeometryKind,
} from '@exact/geometry';
import type { Template } from '@exact/sdk/contract';
import { z } from 'zod';
import type { AnnotationRecord, Edit } from '../../annotate/store/index.ts';

/** More would not go through one request in sight, and is what the import is for. */
export const CLIP_AT_MOST = 5000;

const Clip = z.object({
  exact: z.literal('annotations'),
  version: z.literal(1),
  projectId: z.number(),
  imageId: z.number(),
  items: z
    .array(
      z.object({
        templateId: z.number(),
        template: z.string(),
        geometry: z.custom<Geometry>((value) => checkGeometry(value).ok),
        description: z.string().max(10_000),
        meta: z.record(z.string(), z.unknown()),
      }),
    )
    .min(1)
    .max(CLIP_AT_MOST),
});
/** Copied annotations: as they travel between images, tabs and programs. Level-0 pixels of the image they come from. */
export type Clip = z.output<typeof Clip>;

export function makeClip(
  records: readonly AnnotationRecord[],
  templates: readonly Template[],
  from: { readonly projectId: number; readonly imageId: number },
): Clip {
  const names = new Map(templates.map((item) => [item.id, item.name]));
  return {
    exact: 'annotations',
    version: 1,
    ...from,
    items: records.map(({ templateId, geometry, description = '', meta = {} }) => ({
      templateId,
      template: names.get(templateId) ?? '',
      geometry,
      description,
      meta,
    })),
  };
}

/** Reads what was copied; undefined for any other text. */
export function readClip(text: string | null | undefined): Clip | undefined {
  if (!text?.startsWith('{"exact":"annotations"')) return undefined;
  try {
    return Clip.safeParse(JSON.parse(text)).data;
  } catch {
    return undefined;
  }
}

/** Why some of what was copied cannot be pasted, with how many. */
export interface PasteRefusals {
  /** Outside of this image. */
  readonly outside: number;
  /** Classes that this project does not have: names, with the kind they would have to be of. */
  readonly classes: readonly { readonly name: string; readonly kind: GeometryKind; readonly count: number }[];
  /** Labels of the whole image that it has already. */
  readonly labels: number;
}

export interface PasteTarget {
  readonly projectId: number;
  readonly templates: readonly Template[];
  readonly width: number;
  readonly height: number;
  /** How far everything is moved, level-0 pixels. */
  readonly dx: number;
  readonly dy: number;
  /** Whether the image has a label of this class. */
  readonly hasLabel: (templateId: number) => boolean;
  readonly makeUuid: () => string;
}

/**
 * The steps that paste a clip. Classes are those of the same id within a project; from another project, or where the class is
 * retired, the one of the same name and kind. What has no class here or would lie outside of the image is left out and counted.
 */
export function pasteEdits(
  clip: Clip,
  target: PasteTarget,
): { readonly edits: Edit[]; readonly refused: PasteRefusals } {
  const edits: Edit[] = [];
  const classes = new Map<string, { name: string; kind: GeometryKind; count: number }>();
  const labelled = new Set<number>();
  let [outside, labels] = [0, 0];
  for (const { templateId, template: name, geometry, description, meta } of clip.items) {
    const { kind } = geometry;
    const template = templateFor(target, clip.projectId, templateId, name, kind);
    if (!template) {
      const entry = classes.get(`${kind} ${name}`) ?? { name, kind, count: 0 };
      classes.set(`${kind} ${name}`, { ...entry, count: entry.count + 1 });
      continue;
    }
    if (kind === 'image') {
      if (labelled.has(template.id) || target.hasLabel(template.id)) {
        labels += 1;
        continue;
      }
      labelled.add(template.id);
    }
    const moved = kind === 'image' ? geometry : moveBy(geometry, target.dx, target.dy);
    if (!checkInsideImage(moved, target.width, target.height).ok) {
      outside += 1;
      continue;
    }
    edits.push({ op: 'create', uuid: target.makeUuid(), templateId: template.id, geometry: moved, description, meta });
  }
  return { edits, refused: { outside, classes: [...classes.values()], labels } };
}

function templateFor(
  { projectId, templates }: PasteTarget,
  fromProject: number,
  id: number,
  name: string,
  kind: GeometryKind,
): Template | undefined {
  const fitting = templates.filter((item) => item.active && item.kind === kind);
  const same = fromProject === projectId ? fitting.find((item) => item.id === id) : undefined;
  return same ?? fitting.find((item) => item.name.toLowerCase() === name.toLowerCase());
}
