import { ATTRIBUTES_KEY, attributesOf } from '@exact/sdk/contract';

type Meta = Readonly<Record<string, unknown>>;

/** Meta data with one attribute set, or taken away when there is no value; nothing else in them changes. */
export function withAttribute(meta: Meta, key: string, value: unknown): Meta {
  const { [key]: _before, ...others } = attributesOf(meta);
  return withAttributes(meta, value === undefined ? others : { ...others, [key]: value });
}

/** Meta data with other attributes; without the field where there are none. */
export function withAttributes(meta: Meta, values: Meta): Meta {
  const { [ATTRIBUTES_KEY]: _before, ...rest } = meta;
  return Object.keys(values).length === 0 ? rest : { ...rest, [ATTRIBUTES_KEY]: values };
}
