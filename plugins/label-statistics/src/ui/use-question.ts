import { usePlace } from '@exact/sdk/ui';
import { onScopeDispose, reactive } from 'vue';
import { emptyForm, type SearchForm } from './use-search.ts';
import type { Where } from './scopes.ts';

/** What the person has set in the panel. */
export interface Question {
  where: Where;
  isOpen: boolean;
  form: SearchForm;
  /** Whether its answer is shown. */
  isAsked: boolean;
}

/** The way from one image to the next takes less; whoever comes later begins anew. */
const KEEP_MS = 5000;

let current: { readonly projectId: number; readonly question: Question; users: number } | undefined;
let timer: ReturnType<typeof setTimeout> | undefined;

/**
 * The question of the panel. It outlives the panel for a moment: a hit in another image leads to a page with a new panel, which
 * asks again. The answer is not kept, since the next person at this browser may not be allowed to see it.
 */
export function useQuestion(): Question {
  const { projectId } = usePlace();
  clearTimeout(timer);
  if (current?.projectId !== projectId) {
    current = {
      projectId,
      users: 0,
      question: reactive({ where: 'image', isOpen: false, form: emptyForm(), isAsked: false }),
    };
  }
  const own = current;
  own.users++;
  onScopeDispose(() => {
    own.users--;
    if (own === current && own.users === 0) timer = setTimeout(() => (current = undefined), KEEP_MS);
  });
  return own.question;
}
