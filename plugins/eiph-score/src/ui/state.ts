import type { Box } from '@exact/scores';
import type { ViewerFacade } from '@exact/sdk/ui';
import { reactive } from 'vue';
import type { CountedCell } from '../shared/contract.ts';

/** What a score is of. A reader's (or a layer's) is that of their cells on the image. */
export type Scope =
  | { readonly kind: 'view' | 'region' | 'slide' | 'set' }
  | { readonly kind: 'who'; readonly authorId?: number | undefined; readonly layerId?: number | undefined };

/** What the panel shows of one viewer; the overlay draws it. */
export interface ShownState {
  scope: Scope;
  region: Box | undefined;
  /** Counted cells are listed and marked on the image. */
  isExplained: boolean;
  /** Marked where the marks do not follow from cells in memory: cells of one reader. */
  listed: readonly CountedCell[];
}

const states = new WeakMap<ViewerFacade, ShownState>();

/** By viewer: it outlives the panel, which may be folded while the marks stay. */
export function stateOf(viewer: ViewerFacade): ShownState {
  const known = states.get(viewer);
  if (known) return known;
  const state = reactive<ShownState>({ scope: { kind: 'view' }, region: undefined, isExplained: false, listed: [] });
  states.set(viewer, state);
  return state;
}

/** Above this number in view, marks would be a carpet, and cost the frame. */
export const MAX_MARKS = 2000;

/** The heat map stays on from image to image. */
export const heat = reactive({
  isOn: false,
  /** As the project is set, while the person has not chosen. */
  windowUm: undefined as number | undefined,
});

/** A number that names the scope in keys and tests. */
export const keyOf = (scope: Scope): string =>
  scope.kind === 'who' ? `who-${scope.layerId === undefined ? scope.authorId : `layer-${scope.layerId}`}` : scope.kind;
