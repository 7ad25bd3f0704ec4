import type { Item, Problem } from '@exact/annotation-formats';

/** A line of the file that reading leaves behind: every annotation and every problem in the order of what was given. */
export type StoredLine = Item | Problem;

/** Tells a problem from an annotation. */
export const isProblem = (line: StoredLine): line is Problem => 'code' in line;
