import type { Attribute, AttributeSchema, AttributeType } from '@exact/sdk/contract';

/** An attribute as the form holds it: all fields, whatever the type, so that changing the type and back loses nothing. */
export interface AttributeDraft {
  /** Of the form only. */
  readonly id: number;
  /** Stays once values may be stored under it. */
  key: string;
  readonly isNew: boolean;
  label: string;
  type: AttributeType;
  required: boolean;
  min: string;
  max: string;
  unit: string;
  options: string[];
}

let count = 0;

export const newAttribute = (): AttributeDraft => ({
  ...{ id: ++count, key: '', isNew: true, label: '', type: 'text', required: false, min: '', max: '', unit: '' },
  options: [],
});

export function draftsOf(schema: AttributeSchema | null | undefined): AttributeDraft[] {
  return (schema?.attributes ?? []).map((attribute): AttributeDraft => {
    const { key, label, type, required = false } = attribute;
    const isNumber = attribute.type === 'number' || attribute.type === 'integer';
    return {
      ...{ id: ++count, key, isNew: false, label, type, required },
      min: isNumber && attribute.min !== undefined ? String(attribute.min) : '',
      max: isNumber && attribute.max !== undefined ? String(attribute.max) : '',
      unit: (isNumber && attribute.unit) || '',
      options: 'options' in attribute ? [...attribute.options] : [],
    };
  });
}

/** What goes to the server, which checks it; nothing where there are no attributes. */
export function schemaOf(drafts: readonly AttributeDraft[]): AttributeSchema | null {
  if (drafts.length === 0) return null;
  const taken = new Set(drafts.filter(({ isNew }) => !isNew).map(({ key }) => key));
  const attributes = drafts.map((draft): Attribute => {
    const key = draft.isNew ? freeKey(draft.label, taken) : draft.key;
    taken.add(key);
    const common = { key, label: draft.label.trim(), ...(draft.required ? { required: true } : {}) };
    const { type } = draft;
    switch (type) {
      case 'number':
      case 'integer':
        return {
          ...common,
          type,
          ...(draft.min === '' ? {} : { min: Number(draft.min) }),
          ...(draft.max === '' ? {} : { max: Number(draft.max) }),
          ...(draft.unit.trim() === '' ? {} : { unit: draft.unit.trim() }),
        };
      case 'choice':
      case 'choices':
        return {
          ...common,
          type,
          options: draft.options.map((option) => option.trim()).filter((option) => option !== ''),
        };
      default:
        return { ...common, type };
    }
  });
  return { attributes };
}

/** Makes the name of a value from its label: `Nuclear grade` → `nuclearGrade`, `nuclearGrade2`. */
function freeKey(label: string, taken: ReadonlySet<string>): string {
  const words = label
    .normalize('NFKD')
    .replaceAll(/\p{M}/gu, '')
    .split(/[^A-Za-z0-9]+/)
    .filter((word) => word !== '');
  const joined = words
    .map((word, i) => (i === 0 ? word.toLowerCase() : word.charAt(0).toUpperCase() + word.slice(1).toLowerCase()))
    .join('');
  const stem = (/^[a-z]/.test(joined) ? joined : `value${joined}`).slice(0, 60);
  const isFree = (key: string): boolean => !taken.has(key) && key !== 'constructor' && key !== 'prototype';
  if (isFree(stem)) return stem;
  for (let n = 2; ; n += 1) if (isFree(`${stem}${n}`)) return `${stem}${n}`;
}
