export type { BoxForm, CocoIndex } from './coco.ts';
export { indexCoco } from './coco.ts';
export { detectFormat } from './detect.ts';
export { fitKind, type Fit } from './fit-kind.ts';
export { FORMAT_ERROR_CODES, FormatError, type FormatErrorCode } from './format-error.ts';
export {
  FORMATS,
  type Entry,
  type FormatId,
  type Item,
  type NoteCode,
  type Problem,
  type Repair,
  type Source,
} from './item.ts';
export { MAX_ITEMS, readAnnotations, type ReadOptions } from './read.ts';
