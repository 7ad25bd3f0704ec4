import type { ShortcutScope } from '../../contributions/shortcuts.ts';
import { classCommands } from './class-commands.ts';
import { clipboardCommands } from './clipboard-commands.ts';
import type { CommandSource } from './command-source.ts';
import { displayCommands } from './display-commands.ts';
import { draftCommands } from './draft-commands.ts';
import { editCommands } from './edit-commands.ts';
import { filterCommands } from './filter-commands.ts';
import { navigateCommands } from './navigate-commands.ts';
import { selectionCommands } from './selection-commands.ts';
import { shapeCommands } from './shape-commands.ts';
import { presenceCommands } from './presence-commands.ts';
import { polygonCommands, toolCommands } from './tool-commands.ts';
import { verifyCommands } from './verify-commands.ts';
import { viewCommands } from './view-commands.ts';

/** All commands of the viewer, with the scope in which their keys count. */
export const COMMAND_SOURCES: readonly (readonly [ShortcutScope, CommandSource])[] = [
  ['viewer', viewCommands],
  ['viewer', displayCommands],
  ['viewer', toolCommands],
  ['viewer', navigateCommands],
  ['viewer', selectionCommands],
  ['viewer', filterCommands],
  ['viewer', presenceCommands],
  ['viewer', editCommands],
  ['viewer', shapeCommands],
  ['viewer', clipboardCommands],
  ['viewer', verifyCommands],
  ['viewer', classCommands],
  ['mode', polygonCommands],
  ['tool', draftCommands],
];
