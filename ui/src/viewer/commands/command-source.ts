import type { Shortcut } from '../../contributions/shortcuts.ts';
import type { Workbench } from '../workbench/index.ts';

export type Translate = (key: string, values?: Record<string, unknown>) => string;

/**
 * Commands of one kind for the image in hand, for the keyboard, the palette and the sheet of keys. Called again when what it reads
 * of the workbench changes.
 */
export type CommandSource = (bench: Workbench, t: Translate) => readonly Shortcut[];
