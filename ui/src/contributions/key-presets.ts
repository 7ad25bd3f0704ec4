import type { KeyPreset } from '@exact/sdk/contract';
import type { KeyBindings } from './key-map.ts';

const digits = (command: string, modifier = ''): KeyBindings =>
  Object.fromEntries(Array.from({ length: 9 }, (_, i) => [`${command}-${i + 1}`, [`${modifier}${i + 1}`]]));

/**
 * Where other programs have other keys than ours, so that hands need not learn anew. What a preset does not name keeps its keys,
 * unless the preset gives them away. Keys of things that we do not have (frames, pixel classification) stay free.
 */
export const KEY_PRESET_BINDINGS: Readonly<Record<KeyPreset, KeyBindings>> = {
  standard: {},
  // EXACT classic. R and F did two things at once there; here R lets go of the selection and F flips. V saved a shape.
  exact: {
    ...digits('annotate:class-nth'),
    ...digits('annotate:label-nth', 'Shift+'),
    'annotate:delete': ['Delete', 'Backspace', 'X'],
    'annotate:finish': ['Enter', 'V'],
    'annotate:toggle-draw': ['C'],
    'annotate:hide': ['Y'],
    'annotate:select-none': ['R'],
    'annotate:fill': ['Shift+F'],
    'annotate:tool-box': ['Shift+R'],
    'annotate:tool-area': ['Shift+S'],
    'viewer:flip': ['F'],
    'viewer:previous-image': ['Q'],
    'viewer:next-image': ['E'],
    'annotate:undo': ['Ctrl+Z'],
    'annotate:accept': ['J'],
    'annotate:reject': ['K'],
    'global:palette': ['Ctrl+K', 'Ctrl+L', 'Ctrl+F', '/'],
  },
  qupath: {
    'annotate:tool-select': ['M'],
    'annotate:tool-box': ['R'],
    'annotate:tool-ellipse': ['O'],
    'annotate:tool-line': ['L'],
    'annotate:tool-polyline': ['V'],
    'annotate:tool-polygon': ['P'],
    'annotate:tool-brush': ['B'],
    'annotate:tool-wand': ['W'],
    'annotate:tool-place': ['.'],
    'annotate:hide': ['A'],
    'annotate:fill': ['F'],
    'annotate:delete': ['Delete', 'Backspace'],
    'annotate:toggle-draw': [], // C is pixel classification, N names
    'annotate:next': ['Alt+N'],
    'annotate:previous': ['Alt+Shift+N'],
    'global:palette': ['Ctrl+L', 'Ctrl+K'],
  },
  cvat: {
    ...digits('annotate:class-nth', 'Ctrl+'),
    ...Object.fromEntries([1, 2, 5, 10, 20, 40].map((power, i) => [`viewer:magnify-${power}`, [`Alt+${i + 1}`]])),
    'annotate:toggle-draw': ['N'],
    'annotate:finish': ['Enter', 'N'],
    'annotate:lock': ['L'],
    'annotate:tool-line': [],
    // letters of EXACT for polygons and brush, which would come before D and F
    'annotate:polygon-knife': [],
    'annotate:fill-holes-painting': [],
    'annotate:hide': ['H'],
    'annotate:fill': ['Shift+F'],
    'annotate:delete': ['Delete', 'Shift+Delete'],
    'annotate:undo': ['Ctrl+Z'],
    'annotate:redo': ['Ctrl+Shift+Z', 'Ctrl+Y'],
    'annotate:copy': ['Ctrl+C'],
    'annotate:paste': ['Ctrl+V'],
    'annotate:next': ['Alt+N'],
    'annotate:previous': ['Alt+Shift+N'],
    'viewer:previous-image': ['D'],
    'viewer:next-image': ['F'],
    'viewer:turn-right': ['Ctrl+R'],
    'viewer:turn-left': ['Ctrl+Shift+R'],
    'global:shortcuts': ['?', 'F1'],
    'global:keys': ['F2'],
  },
};
