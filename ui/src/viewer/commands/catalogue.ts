import type { Shortcut, ShortcutScope } from '../../contributions/shortcuts.ts';
import type { Workbench } from '../workbench/index.ts';
import type { Translate } from './command-source.ts';
import { imageCommands } from './image-commands.ts';
import { COMMAND_SOURCES } from './index.ts';

export type CatalogueCommand = Shortcut & { readonly scope: ShortcutScope };

/**
 * The viewer's commands as they are for somebody who may do everything, without an image: for lists of keys, never to be run.
 * Class commands of a project are missing, since there is no project.
 */
export function viewerCatalogue(t: Translate): readonly CatalogueCommand[] {
  const ofScope = (scope: ShortcutScope, commands: readonly Shortcut[]): CatalogueCommand[] =>
    commands.map((command) => ({ ...command, scope }));
  return [
    ...ofScope(
      'viewer',
      imageCommands(t, () => undefined),
    ),
    ...COMMAND_SOURCES.flatMap(([scope, source]) => ofScope(scope, source(benchForReading(), t))),
  ];
}

/** Answers every question that a source asks while it lists its commands; what they do is never called. */
function benchForReading(): Workbench {
  const known: Readonly<Record<string, unknown>> = {
    mayWrite: true,
    mayVerify: true,
    templates: { value: [] },
    selection: { value: [] },
    toolId: { value: 'select' },
  };
  const nothing: unknown = new Proxy(() => nothing, {
    get: (_, name) => (name === Symbol.toPrimitive ? () => 0 : nothing),
    apply: () => nothing,
  });
  return new Proxy(known, { get: (target, name) => target[name as string] ?? nothing }) as unknown as Workbench;
}
