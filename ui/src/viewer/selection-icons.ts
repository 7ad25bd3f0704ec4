import {
  mdiBroom,
  mdiContentDuplicate,
  mdiRecordCircleOutline,
  mdiSineWave,
  mdiVectorDifferenceBa,
  mdiVectorIntersection,
  mdiVectorPolygonVariant,
  mdiVectorPolylineMinus,
  mdiVectorUnion,
} from '@mdi/js';
import type { OperationName } from '../annotate/operations/index.ts';

const svg = (path: string): string => `svg:${path}`;

export const OPERATION_ICONS: Readonly<Record<OperationName, string>> = {
  merge: svg(mdiVectorUnion),
  subtract: svg(mdiVectorDifferenceBa),
  intersect: svg(mdiVectorIntersection),
  simplify: svg(mdiVectorPolylineMinus),
  smooth: svg(mdiSineWave),
  fillHoles: svg(mdiRecordCircleOutline),
  removeSmall: svg(mdiBroom),
  toPolygons: svg(mdiVectorPolygonVariant),
  duplicate: svg(mdiContentDuplicate),
};
