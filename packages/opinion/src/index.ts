export { consensus, type Consensus, SAME_SHAPE_IOU } from './consensus.ts';
export { evaluate, type ObjectState, type OpinionLog, type Standing } from './evaluate.ts';
export { route, type Routed, type RouteOptions } from './route.ts';
export { DEFAULT_RULE, findRuleProblem, type OpinionRule, type RuleProblem } from './rule.ts';
export { SCORE_BORDERS, uncertaintyOf } from './uncertainty.ts';
export {
  isSameContent,
  type Content,
  type Decision,
  type JudgedObject,
  type Opinion,
  type Outcome,
  type Shape,
  type Vote,
} from './vote.ts';
