import { PatternInvalidError } from '../../shared/errors.ts';

const FIELDS = ['uuid', 'id', 'image', 'label', 'n'] as const;
export type Field = (typeof FIELDS)[number];

/** What a name of a file says about the object that it belongs to: comparable text by field. */
export type Said = Readonly<Partial<Record<Field, string>>>;

/** Reads names of files by a pattern. */
export interface NamePattern {
  readonly fields: readonly Field[];
  /** @returns nothing for a name that does not fit */
  read(name: string): Said | undefined;
}

/** Parts that may be of any length: with more of them a name can be read in too many ways. */
const MOST_OPEN_PARTS = 3;
const PARTS: Readonly<Record<Field, string>> = {
  uuid: '[0-9a-f]{8}-?(?:[0-9a-f]{4}-?){3}[0-9a-f]{12}',
  id: '[0-9a-f]{8}[0-9a-f-]{0,28}',
  image: '.+?',
  label: '.+?',
  n: '\\d{1,9}',
};

/**
 * Makes a reader of names from a pattern like `{image}_{label}_{n}.wav`.
 *
 * Upper and lower case do not count. The ending may be left out of the pattern.
 *
 * @param labels - those that exist: a name that fits one of them is read so, whatever else it could be read as
 * @throws PatternInvalidError
 */
export function readPattern(pattern: string, labels: readonly string[] = []): NamePattern {
  const refuse = (problem: string): never => {
    throw new PatternInvalidError({ pattern, problem });
  };
  const fields: Field[] = [];
  let open = 0;
  const parts: (string | { readonly field: Field })[] = [];
  for (const [part, name] of pattern.replace(/\*+/g, '*').matchAll(/\{([^{}]*)\}|\*|[^{}*]+|[{}]/g)) {
    if (part === '*') {
      parts.push('.*?');
      open += 1;
    } else if (name !== undefined) {
      const field = FIELDS.find((known) => known === name.trim().toLowerCase());
      if (!field) return refuse(`{${name}} is none of ${FIELDS.map((known) => `{${known}}`).join(', ')}.`);
      if (fields.includes(field)) return refuse(`{${field}} stands in it twice.`);
      fields.push(field);
      parts.push({ field });
      if (field === 'image' || field === 'label') open += 1;
    } else if (part === '{' || part === '}') refuse('a bracket has no counterpart.');
    else parts.push(part.replace(/[\\^$.|?+()[\]]/g, '\\$&'));
  }
  if (fields.length === 0)
    refuse(`it names no object. Use at least one of ${FIELDS.map((known) => `{${known}}`).join(', ')}.`);
  if (open > MOST_OPEN_PARTS)
    refuse(`it has ${open} parts of any length (*, {image}, {label}); at most ${MOST_OPEN_PARTS} are possible.`);
  const ending = /\.[a-z0-9]{1,5}$/i.test(pattern) ? '' : '(?:\\.[a-z0-9]{1,5})?';
  const compile = (label: string): RegExp => {
    const source = parts.map((part) =>
      typeof part === 'string' ? part : `(${part.field === 'label' ? label : PARTS[part.field]})`,
    );
    return new RegExp(`^${source.join('')}${ending}$`, 'iu');
  };
  const known = labels.map(looseForm).filter((form) => form !== '');
  // The longest first: one label may begin as another.
  known.sort((a, b) => b.length - a.length);
  const readers = [
    ...(known.length > 0 && fields.includes('label') ? [compile(known.join('|'))] : []),
    compile(PARTS.label),
  ];
  return {
    fields,
    read(name) {
      const text = name.normalize('NFC');
      let found: RegExpExecArray | null = null;
      for (const reader of readers) found ??= reader.exec(text);
      if (!found) return undefined;
      return Object.fromEntries(fields.map((field, i) => [field, comparable(field, found[i + 1] ?? '')]));
    },
  };
}

/** An expression for a label as people write it in names of files. */
function looseForm(label: string): string {
  return comparable('label', label).replaceAll('_', '[^\\p{L}\\p{N}]+');
}

/**
 * Text as it is compared. File systems do not take all characters, and people write spaces as they like: what is no letter or digit counts as
 * one "_".
 */
export function comparable(field: Field, text: string): string {
  if (field === 'uuid' || field === 'id') return text.toLowerCase().replaceAll('-', '');
  if (field === 'n') return String(Number(text));
  return text
    .normalize('NFC')
    .toLowerCase()
    .replace(/[^\p{L}\p{N}]+/gu, '_')
    .replace(/^_+|_+$/g, '');
}
