import type { CommandHost, ViewerFacade } from '@exact/sdk/ui';
import { shallowReactive, type Ref } from 'vue';
import { type FilterSettings, neutralSettings } from '../shared/settings.ts';

/** The filter of one viewer, shared by what applies it, what shows its controls and the commands. */
export interface FilterState {
  readonly settings: Ref<FilterSettings>;
  /** Whether what was stored for the shown image is there. */
  readonly isLoaded: Readonly<Ref<boolean>>;
}

/** The controls of a viewer while they can be seen. */
export interface FilterControls {
  focus(): void;
  readonly hasFocus: () => boolean;
}

/**
 * By viewer. The overlay of `viewer.pixels` owns the state, since it lives as long as the viewer does: a filter must not
 * go because its panel is folded away.
 */
export const filterStates = shallowReactive(new Map<ViewerFacade, FilterState>());
const controls = new Map<ViewerFacade, FilterControls>();
/** The controls were asked for while they were folded away. */
let isFocusWanted = false;

/** Adds something for a viewer until the returned function is called. */
function addTo<T>(map: Map<ViewerFacade, T>, viewer: ViewerFacade, value: T): () => void {
  map.set(viewer, value);
  return () => {
    if (map.get(viewer) === value) map.delete(viewer);
  };
}
export const addState = (viewer: ViewerFacade, state: FilterState): (() => void) => addTo(filterStates, viewer, state);
export const addControls = (viewer: ViewerFacade, shown: FilterControls): (() => void) =>
  addTo(controls, viewer, shown);

/** Whether controls that have just come into sight were asked for; asks once. */
export function takeFocusWish(): boolean {
  const was = isFocusWanted;
  isFocusWanted = false;
  return was;
}

/** The viewer that was opened last. */
const current = <T>(map: ReadonlyMap<ViewerFacade, T>): T | undefined => [...map.values()].at(-1);

/** Goes to the controls, which may have to be unfolded first; called again from inside them, it resets the filter. */
export function openFilters(host: CommandHost): void {
  const shown = current(controls);
  if (shown?.hasFocus()) return resetFilters();
  host.showPanel('image-filters:controls');
  if (shown) shown.focus();
  else isFocusWanted = true;
}

export function resetFilters(): void {
  change((settings) => Object.assign(settings, neutralSettings()));
}

export function toggleInvert(): void {
  change((settings) => (settings.invert = !settings.invert));
}

/** Changes the settings in place: a new object would count as just loaded, and not be stored. */
function change(edit: (settings: FilterSettings) => void): void {
  const state = current(filterStates);
  if (state?.isLoaded.value) edit(state.settings.value);
}
