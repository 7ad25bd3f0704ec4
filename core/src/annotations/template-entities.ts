import type { AttributeSchema } from '@exact/sdk/contract';
import { defineEntity, type InferEntity, p } from '@mikro-orm/core';
import type { GeometryKind } from '@exact/geometry';

export const Product = defineEntity({
  name: 'Product',
  tableName: 'core.product',
  properties: {
    id: p.integer().primary().autoincrement(),
    teamId: p.integer(),
    name: p.text(),
    description: p.text().default(''),
  },
});
export type Product = InferEntity<typeof Product>;

export const Template = defineEntity({
  name: 'Template',
  tableName: 'core.template',
  properties: {
    id: p.integer().primary().autoincrement(),
    productId: p.integer(),
    name: p.text(),
    colour: p.text(),
    kind: p.text().$type<GeometryKind>(),
    defaultWidth: p.double().default(50),
    defaultHeight: p.double().default(50),
    sortOrder: p.double().default(0),
    shortcut: p.text().nullable(),
    description: p.text().default(''),
    exampleKey: p.text().nullable(),
    attributeSchema: p.json().$type<AttributeSchema>().nullable(),
    active: p.boolean().default(true),
  },
});
export type Template = InferEntity<typeof Template>;
