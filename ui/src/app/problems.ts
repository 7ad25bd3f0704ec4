import { ExactError, OfflineError, ProblemError } from '@exact/sdk/contract';
import { shallowRef } from 'vue';
import { hasWords, translate } from '../i18n/index.ts';

/** A failure in words for people: what did not work, why, and what to do now. */
export interface ShownProblem {
  readonly key: number;
  readonly what: string;
  readonly why: string;
  readonly whatNow: string;
  readonly code: string;
  readonly requestId: string | undefined;
  readonly plugin: string | undefined;
  readonly fields: readonly { readonly path: string; readonly message: string }[];
}

let count = 0;

/** Puts a failure into words. `what` says what was tried, for example "The project could not be saved". */
export function describeProblem(error: unknown, what = translate('app.errors.what')): ShownProblem {
  const problem = error instanceof ProblemError ? error.data : undefined;
  const code = error instanceof ExactError ? error.code : 'UNEXPECTED';
  return {
    key: ++count,
    what,
    why: error instanceof Error && error.message !== '' ? error.message : String(error),
    whatNow: hintOf(code, error),
    code,
    requestId: problem?.requestId,
    plugin: problem?.plugin,
    fields: problem?.fields ?? [],
  };
}

function hintOf(code: string, error: unknown): string {
  const own = `app.errors.hints.${code}`;
  if (hasWords(own)) return translate(own);
  if (error instanceof OfflineError) return translate('app.errors.hints.OFFLINE');
  const status = error instanceof ExactError ? error.status : 0;
  if (status >= 500) return translate('app.errors.hints.server');
  if (status >= 400) return translate('app.errors.hints.request');
  return translate('app.errors.hints.browser');
}

const shown = shallowRef<readonly ShownProblem[]>([]);

/** Failures that are shown above the page until they are closed. */
export const problems = shown;

/** Shows a failure to the person. Cancelled requests and an ended session are none. */
export function report(error: unknown, what?: string): void {
  if (error instanceof DOMException && error.name === 'AbortError') return;
  if (error instanceof ProblemError && error.code === 'NOT_SIGNED_IN') return;
  const problem = describeProblem(error, what);
  const isKnown = shown.value.some((p) => p.code === problem.code && p.why === problem.why);
  if (!isKnown) shown.value = [...shown.value.slice(-2), problem];
}

export function dismiss(problem: ShownProblem): void {
  shown.value = shown.value.filter((p) => p !== problem);
}
