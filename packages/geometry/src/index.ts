export * from './geometry.ts';
export { GEOMETRY_ERROR_CODES, GeometryError, type GeometryErrorCode } from './errors.ts';
export { ANGLE_STEPS, MAX_COORDINATE, MAX_RINGS, MAX_VERTICES } from './grid.ts';
export { snap } from './snap.ts';
export { checkGeometry, checkInsideImage, type GeometryCheck } from './check.ts';
export { bounds, doBoundsMeet, type ImageSize } from './bounds.ts';
export { area, perimeter, type MeasureOptions, type Mpp } from './area.ts';
export { centroid, type Position } from './centroid.ts';
export { containsPoint, distanceToOutline, intersectsBox } from './hit.ts';
export { corners, outline } from './outline.ts';
export { simplifyPath } from './simplify-path.ts';
export { rotate, scale, translate } from './transform.ts';
export { decodeGeometry, encodeGeometry, packedKind, skipGeometry } from './packed.ts';
export { countVertices, readRings } from './packed-rings.ts';
export { RingList } from './ring-list.ts';
export { parseUuid, readUuid } from './uuid.ts';
export { FRAME_FLAGS, FRAME_LEVEL_FULL } from './frame-layout.ts';
export { FrameBuilder } from './frame-builder.ts';
export {
  type FrameColumns,
  type FrameOptions,
  type FrameRoom,
  type FrameSize,
  FrameWriter,
  type PackedFrameRow,
} from './frame-writer.ts';
export { decodeFrame, encodeFrame, frameBytes, type Frame, type FrameRow } from './frames.ts';
export {
  decodeOverview,
  encodeOverview,
  LARGE_PX,
  overviewCell,
  overviewCellSize,
  overviewGrid,
  type Overview,
  type OverviewGrid,
  type OverviewSource,
} from './overview.ts';
export { CentresBuilder, decodeCentres, type Centre, type Centres } from './centres.ts';
