import { comparable, type Field, type NamePattern, type Said } from './pattern.ts';

/** An object that files may belong to. */
export interface Candidate {
  readonly annotationId: string;
  readonly imageId: number;
  readonly imageName: string;
  readonly label: string;
  /** Among those of its image by age, from 1; and among those of its image and label. */
  readonly numberInImage: number;
  readonly numberInLabel: number;
}

/** Finds the objects that a name means. O(1) a name. */
export function createMatcher(
  { fields }: Pick<NamePattern, 'fields'>,
  candidates: readonly Candidate[],
): (said: Said) => readonly Candidate[] {
  const exact = fields.filter((field) => field !== 'id');
  const hasId = fields.includes('id');
  const index = new Map<string, Candidate[]>();
  for (const candidate of candidates) {
    const key = [
      ...exact.map((field) => valueOf(field, candidate, fields)),
      ...(hasId ? [idOf(candidate).slice(0, 8)] : []),
    ].join('\n');
    const list = index.get(key);
    if (list) list.push(candidate);
    else index.set(key, [candidate]);
  }
  return (said) => {
    const id = said.id ?? '';
    const key = [...exact.map((field) => said[field]), ...(hasId ? [id.slice(0, 8)] : [])].join('\n');
    const found = index.get(key) ?? [];
    return hasId ? found.filter((candidate) => idOf(candidate).startsWith(id)) : found;
  };
}

const idOf = ({ annotationId }: Candidate): string => annotationId.replaceAll('-', '').toLowerCase();

function valueOf(field: Field, candidate: Candidate, fields: readonly Field[]): string {
  switch (field) {
    case 'uuid':
    case 'id':
      return idOf(candidate);
    case 'image':
      return comparable('image', candidate.imageName);
    case 'label':
      return comparable('label', candidate.label);
    case 'n':
      return String(fields.includes('label') ? candidate.numberInLabel : candidate.numberInImage);
  }
}
