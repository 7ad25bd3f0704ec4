export { type ActiveTime, createActiveTime, credibleTime } from './active-time.ts';
export { canonicalText, hashOf } from './canonical.ts';
export { checkStudy } from './check.ts';
export {
  type Arm,
  emptyStudy,
  type Phase,
  PHASE_MODES,
  type Reading,
  Rule,
  StudyDocument,
  type StudyImage,
  type Task,
} from './document.ts';
export {
  fitStudy,
  type StudyIds,
  type World,
  type WorldImage,
  type WorldLayer,
  type WorldPerson,
  type WorldProduct,
} from './fit.ts';
export { createDraw, createXoshiro, type Order, orderFor, type OrderOf } from './order.ts';
export { casesOf, imagesOf, type PlannedCase } from './plan.ts';
export type { StudyProblem } from './problem.ts';
export { type CaseOutcome, type RunningCase, type RunningStudy, type StudyService, studyToken } from './service.ts';
export { sha256 } from './sha256.ts';
