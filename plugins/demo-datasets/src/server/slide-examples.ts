import type { AnnotationDraft } from '@exact/sdk/contract';

/** Nuclei of the epithelium in the region below, set by hand; level-0 pixels. */
const NUCLEI = [
  [1194, 1221],
  [1238, 1268],
  [1222, 1282],
  [1208, 1362],
  [1191, 1415],
  [1217, 1412],
  [1179, 1467],
  [1190, 1499],
  [1169, 1505],
  [1155, 1525],
  [1141, 1538],
] as const;

/** A few annotations on the slide that show what kinds there are. They claim nothing that a pathologist would have to decide. */
export function slideExamples(templates: ReadonlyMap<string, number>): readonly AnnotationDraft[] {
  const draft = (
    name: string,
    template: string,
    rest: Omit<AnnotationDraft, 'uuid' | 'templateId'>,
  ): AnnotationDraft[] => {
    const templateId = templates.get(template);
    return templateId === undefined ? [] : [{ uuid: `slide ${name}`, templateId, ...rest }];
  };
  return [
    ...draft('region', 'Region of interest', {
      geometry: { kind: 'box', x: 900, y: 1200, width: 500, height: 400 },
      description: 'Border of epithelium and dermis; eleven nuclei are marked as an example.',
    }),
    ...NUCLEI.flatMap(([x, y], index) => draft(`nucleus ${index}`, 'Nucleus', { geometry: { kind: 'point', x, y } })),
    ...draft('quality', 'Slide quality', {
      geometry: { kind: 'image' },
      description: 'In focus, stain even; green marking ink at the upper and right border.',
      meta: { focus: 'good', stain: 'H&E', ink: true },
    }),
  ];
}
