export {
  activeTime,
  type Coverage,
  type CoverageNumbers,
  coverageOf,
  type CoverageOptions,
  createCoverage,
} from './coverage.ts';
export { SCREENING_ERRORS, ScreeningError, type ScreeningErrorCode } from './error.ts';
export { type FieldChoice, type FieldSize, fieldSizeOf, type Scale, type ViewSize } from './field-size.ts';
export {
  countPositions,
  DEFAULT_OVERLAP,
  type Field,
  FIELD_ORDERS,
  fieldAround,
  fieldAt,
  fieldsHolding,
  type FieldOrder,
  type FieldPlan,
  type FieldRequest,
  MAX_FIELDS,
  MAX_OVERLAP,
  planFields,
  positions,
} from './fields.ts';
export { makeMask, packMask, type TissueMask, tissueShare, unpackMask } from './mask.ts';
export {
  DEFAULT_DWELL_MS,
  FIELD_STATES,
  type FieldState,
  isSeenBy,
  SCALE_TOLERANCE,
  SEEN_SHARE,
  type SeenRule,
  statesOf,
  type Visit,
} from './seen.ts';
export { SHARE_WAYS, shareOut, type ShareWay } from './share-out.ts';
export {
  DEFAULT_TISSUE,
  type FoundTissue,
  MIN_CONTRAST,
  type Picture,
  TISSUE_BACKGROUNDS,
  TISSUE_METHODS,
  tissueMask,
  type TissueRequest,
} from './tissue.ts';
export {
  createSeenTracker,
  currentField,
  IDLE_AFTER_MS,
  MIN_VISIT_MS,
  type OpenVisit,
  type SeenTracker,
  sharesOf,
  type Sight,
  VISIT_SHARE,
} from './tracker.ts';
