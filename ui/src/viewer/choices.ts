import type { Template } from '@exact/sdk/contract';
import { reactive, watch } from 'vue';
import type { ToolId, ToolOptions } from '../annotate/tools/index.ts';

/** How a person likes the viewer; kept in this browser, the same for all images. */
export interface ViewerChoices extends ToolOptions {
  sideWidth: number;
  isSideOpen: boolean;
  isListOpen: boolean;
  isMapOpen: boolean;
  isFilled: boolean;
  lineWidth: number;
  /** Of the whole layer, 0…1. */
  opacity: number;
  /** Templates whose annotations are not shown. */
  hiddenTemplates: number[];
  /** Templates whose annotations this person does not want to change by slip. */
  lockedTemplates: number[];
  /** A verdict leads on to the next annotation without one. */
  isAutoAdvance: boolean;
  /** Fill of single templates, 0…1. */
  fillOpacity: Record<number, number>;
  /** The class in hand, by project. */
  template: Record<number, number>;
  /** Which of several tools for a kind was used last. */
  toolOf: Partial<Record<Template['kind'], ToolId>>;
}

const KEY = 'exact:viewer';
const DEFAULTS: ViewerChoices = {
  sideWidth: 320,
  isSideOpen: true,
  isListOpen: true,
  isMapOpen: true,
  isFilled: true,
  lineWidth: 2,
  opacity: 1,
  hiddenTemplates: [],
  lockedTemplates: [],
  isAutoAdvance: true,
  fillOpacity: {},
  template: {},
  toolOf: {},
  brushPx: 48,
  wandTolerance: 10,
  isMagnetOn: false,
};

function read(): ViewerChoices {
  try {
    return {
      ...structuredClone(DEFAULTS),
      ...(JSON.parse(localStorage.getItem(KEY) ?? '{}') as Partial<ViewerChoices>),
    };
  } catch {
    return structuredClone(DEFAULTS); // written by something else
  }
}

export const choices = reactive(read());
watch(choices, (next) => localStorage.setItem(KEY, JSON.stringify(next)), { deep: true });
