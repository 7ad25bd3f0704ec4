export { defineScore, notAvailable, type NotAvailable, type Score, type Source, type Vector } from './engine.ts';
export { ALL_SCORES } from './registry.ts';
export { GRADES, type Grade, gradeOfName } from './grades.ts';
export { ths, type Ths, type ThsInput, type ThsWarning, type ThsZone } from './ths.ts';
