import type { Template } from '@exact/sdk/contract';

export type Kind = Template['kind'];
export const KINDS: readonly Kind[] = ['box', 'ellipse', 'point', 'line', 'polygon', 'image'];
export const KIND_ICONS: Readonly<Record<Kind, string>> = {
  box: '$box',
  ellipse: '$ellipse',
  point: '$crosshair',
  line: '$line',
  polygon: '$polygon',
  image: '$image',
};
/** Kinds that a single click can place with a size. */
export const hasSize = (kind: Kind): boolean => kind === 'box' || kind === 'ellipse' || kind === 'point';
