import { defineEntity, type InferEntity, p } from '@mikro-orm/core';
import type { Axes } from '@exact/sdk/contract';
import type { SlideLevel } from '@exact/sdk/server';

export const ImageSet = defineEntity({
  name: 'ImageSet',
  tableName: 'core.image_set',
  properties: {
    id: p.integer().primary().autoincrement(),
    projectId: p.integer(),
    name: p.text(),
    description: p.text().default(''),
    tags: p
      .array()
      .$type<string[]>()
      .onCreate(() => []),
    position: p.double().default(0),
    createdAt: p.datetime().onCreate(() => new Date()),
  },
});
export type ImageSet = InferEntity<typeof ImageSet>;

export const Image = defineEntity({
  name: 'Image',
  tableName: 'core.image',
  properties: {
    id: p.integer().primary().autoincrement(),
    imageSetId: p.integer(),
    publicName: p.text(),
    privateName: p.text(),
    state: p.text().$type<'waiting' | 'converting' | 'ready' | 'failed'>().default('waiting'),
    problemCode: p.text().nullable(),
    problemMessage: p.text().nullable(),
    originalKey: p.text(),
    /** What tiles are read from; differs from the original after a conversion. */
    pixelKey: p.text().nullable(),
    width: p.integer().default(0),
    height: p.integer().default(0),
    levels: p
      .json()
      .$type<SlideLevel[]>()
      .onCreate(() => []),
    mppX: p.double().nullable(),
    mppY: p.double().nullable(),
    axes: p.json().$type<Axes>().nullable(),
    objective: p.double().nullable(),
    planes: p
      .json()
      .$type<{ z: number; t: number; c: number }>()
      .onCreate(() => ({ z: 1, t: 1, c: 1 })),
    vendor: p.text().default(''),
    sizeBytes: p.bigint('number'),
    sha256: p.blob(),
    contentVersion: p.text(),
    tags: p
      .array()
      .$type<string[]>()
      .onCreate(() => []),
    position: p.double().default(0),
    createdBy: p.integer().nullable(),
    createdAt: p.datetime().onCreate(() => new Date()),
  },
});
export type Image = InferEntity<typeof Image>;
