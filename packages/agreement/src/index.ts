export { assign } from './assignment.ts';
export { bootstrap, createRandom, type Interval } from './bootstrap.ts';
export type { Coefficient, UndefinedReason } from './coefficient.ts';
export { cohen, confusion, type Weighting } from './cohen.ts';
export { fleiss } from './fleiss.ts';
export { krippendorff, type Level } from './krippendorff.ts';
export { match, overlap, type Matching, type MatchRule } from './match.ts';
