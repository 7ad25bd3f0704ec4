import type { AnnotationDraft } from '@exact/sdk/contract';
import { readVoc } from '../voc/read-voc.ts';
import type { XmlProblem } from '../voc/xml.ts';

/**
 * The boxes of one photograph as annotations.
 *
 * @param templates - ids by label
 * @returns drafts whose `uuid` is a name that is unique in the demo; labels without a template are told as problems
 */
export function toDrafts(
  file: string,
  xml: string,
  templates: ReadonlyMap<string, number>,
): { readonly drafts: readonly AnnotationDraft[]; readonly problems: readonly XmlProblem[] } {
  const { boxes, problems } = readVoc(xml);
  const unknown = new Set(boxes.map(({ label }) => label).filter((label) => !templates.has(label)));
  const drafts = boxes.flatMap(({ label, ...box }, index) => {
    const templateId = templates.get(label);
    if (templateId === undefined) return [];
    return {
      uuid: `${file} ${index}`,
      templateId,
      geometry: { kind: 'box', ...box } as const,
      meta: { source: 'BCCD' },
    };
  });
  return {
    drafts,
    problems: [...problems, ...[...unknown].map((label) => ({ line: 1, message: `there is no template "${label}"` }))],
  };
}
