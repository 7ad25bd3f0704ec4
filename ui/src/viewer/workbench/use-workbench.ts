import type { Image, Template } from '@exact/sdk/contract';
import type { View, ViewerFacade } from '@exact/sdk/ui';
import { inject, type InjectionKey, type Ref } from 'vue';
import type { AnnotationLayer } from '../../annotate/layer/index.ts';
import type { AnnotationStore, Edit, QueueStatus } from '../../annotate/store/index.ts';
import type { Tool, ToolHost, ToolId, ToolPoint } from '../../annotate/tools/index.ts';
import type { FilterState } from '../filter/filter-state.ts';
import type { NavigatorSheet } from '../navigator-sheet.ts';
import type { PointerInput } from '../pointer-input.ts';
import type { PresenceState } from '../presence/presence-state.ts';
import type { SlideViewer } from '../slide/slide-viewer.ts';
import type { Picks } from './picks.ts';
import type { SelectedEdits } from './selected-edits.ts';

/** Everything about one opened image: what is shown, what is in hand, what is selected. Components read it and call it. */
export interface Workbench extends SelectedEdits {
  readonly image: Readonly<Ref<Image>>;
  readonly templates: Readonly<Ref<readonly Template[]>>;
  readonly mayWrite: boolean;
  readonly mayVerify: boolean;
  readonly slide: SlideViewer;
  readonly layer: AnnotationLayer;
  readonly store: AnnotationStore;
  readonly facade: ViewerFacade;
  readonly input: PointerInput;
  readonly view: Readonly<Ref<View>>;
  readonly pointer: Readonly<Ref<ToolPoint | undefined>>;
  readonly selection: Readonly<Ref<readonly string[]>>;
  /** Counts up with every change of the store, at most once a frame. */
  readonly version: Readonly<Ref<number>>;
  readonly loading: Readonly<Ref<'loading' | 'ready' | 'failed'>>;
  readonly error: Readonly<Ref<unknown>>;
  readonly status: Readonly<Ref<QueueStatus>>;
  readonly toolId: Readonly<Ref<ToolId>>;
  /** Changes whenever the tool in hand shows something else. */
  readonly toolState: Readonly<Ref<number>>;
  readonly template: Readonly<Ref<Template | undefined>>;
  readonly isHidden: Ref<boolean>;
  readonly filter: FilterState;
  readonly presence: PresenceState;
  /** What plugins draw on the overview map. */
  readonly navigator: NavigatorSheet;
  /** Boxes and lengths that the person is asked to show. */
  readonly picks: Picks;
  tool(): Tool;
  readonly host: ToolHost;
  pickTool(id: ToolId): void;
  pickTemplate(template: Template): void;
  /** A class key: gives the selected ones this class while selecting, else takes the class in hand. */
  pressTemplate(template: Template): void;
  select(uuids: readonly string[]): void;
  goTo(uuid: string): void;
  update(label: string, edits: readonly Edit[]): void;
  undo(): void;
  redo(): void;
  reload(): void;
  resolve(changeId: string, choice: 'theirs' | 'mine'): void;
  discard(changeId: string): void;
  dispose(): void;
}

export const WORKBENCH_KEY: InjectionKey<Workbench> = Symbol('workbench');

export function useWorkbench(): Workbench {
  const bench = inject(WORKBENCH_KEY);
  if (!bench) throw new Error('A part of the viewer stands outside of it.');
  return bench;
}
