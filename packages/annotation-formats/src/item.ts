import type { Geometry } from '@exact/geometry';

/** Opens the file from its beginning; readers that need a second pass call it again. */
export type Source = () => AsyncIterable<Uint8Array>;

/** One annotation of a file, in the platform's terms. Coordinates are level-0 pixels. */
export interface Item {
  /** Where it stands: `line 12`, or a JSON pointer such as `/features/3`; with `#1`, `#2`, … for further parts of one feature. */
  readonly place: string;
  /** Name of its image as the file gives it, without folders; absent where the format has none. */
  readonly image?: string;
  /** Name of its class; empty where the file gives none. Nested names are joined by `: `, as QuPath does. */
  readonly label: string;
  /** Template of the platform, where the file names one by its id (newline-delimited JSON only). */
  readonly templateId?: number;
  /** `#rrggbb` */
  readonly colour?: string;
  readonly author?: string;
  readonly uuid?: string;
  /** Clean by the rules of `checkGeometry`. */
  readonly geometry: Geometry;
  /** The shape in the file could not be stored as it is; `geometry` is what is left after {@link Repair}. */
  readonly repaired?: Repair;
  /** Points as the file lists them (x0, y0, x1, y1, …), where it does not say what kind of shape they make. */
  readonly vector?: readonly number[];
  readonly description?: string;
  readonly meta?: Readonly<Record<string, unknown>>;
}

/** Why a shape was cleaned: the code and the words of the check that it failed. */
export interface Repair {
  readonly code: string;
  readonly message: string;
}

/** Something in a file that is no annotation, and why. */
export interface Problem {
  readonly place: string;
  readonly code: string;
  /** Names the culprit, the value and the way out. */
  readonly message: string;
  readonly image?: string;
  readonly label?: string;
  readonly author?: string;
}

/** Left out on purpose, since it is no annotation: it is counted, not complained about. */
export type NoteCode = 'deleted' | 'not-in-image' | 'log' | 'header' | 'inner-shape' | 'keypoints' | 'without-shape';

export type Entry =
  | { readonly type: 'item'; readonly item: Item }
  | { readonly type: 'problem'; readonly problem: Problem }
  | { readonly type: 'note'; readonly code: NoteCode; readonly place: string };

export const FORMATS = ['ndjson', 'coco', 'geojson', 'exact-text'] as const;
export type FormatId = (typeof FORMATS)[number];

export const item = (value: Item): Entry => ({ type: 'item', item: value });
export const problem = (value: Problem): Entry => ({ type: 'problem', problem: value });
export const note = (code: NoteCode, place: string): Entry => ({ type: 'note', code, place });
