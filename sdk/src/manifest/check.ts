import type { Manifest } from './schema.ts';
import { findHook, HOOK_NAMES } from '../hooks/catalogue.ts';

/**
 * Finds what a manifest says wrongly although it has the right form: hooks that do not exist, ids that belong to another
 * plugin, parts that need a permission.
 *
 * @returns sentences, empty when all is well
 */
export function checkManifest(manifest: Manifest): string[] {
  const problems: string[] = [];
  const { id, contributes, permissions } = manifest;
  for (const hook of contributes.hooks) {
    if (!findHook(hook)) problems.push(`contributes.hooks: there is no hook "${hook}". ${suggest(hook, HOOK_NAMES)}`);
  }
  const owned = [
    ...permissions.defines.map((p) => p.id),
    ...contributes.panels.map((p) => p.id),
    ...contributes.overlays.map((o) => o.id),
    ...contributes.jobs.map((j) => j.id),
    ...contributes.commands.map((c) => c.id),
    ...contributes.tokens,
  ];
  for (const name of owned) {
    if (!name.startsWith(`${id}:`)) problems.push(`"${name}" must start with "${id}:", the plugin's own id.`);
  }
  for (const name of owned.filter((n, i) => owned.indexOf(n) !== i)) problems.push(`"${name}" is declared twice.`);
  const needs = (use: (typeof permissions.uses)[number], because: string): void => {
    if (!permissions.uses.includes(use)) problems.push(`${because} needs "${use}" in permissions.uses.`);
  };
  if (contributes.routes) needs('routes', 'contributes.routes');
  if (contributes.jobs.length > 0) needs('jobs', 'contributes.jobs');
  if (manifest.database) {
    needs('db:own', 'database');
    const schema = `plugin_${id.replaceAll('-', '_')}`;
    if (manifest.database.schema !== schema) problems.push(`database.schema must be "${schema}".`);
  }
  if ((contributes.panels.length > 0 || contributes.overlays.length > 0) && !manifest.ui) {
    problems.push('contributes.panels and contributes.overlays need a "ui" entry.');
  }
  for (const panel of contributes.panels) {
    if ((panel.slot === 'annotation.media') !== (panel.accepts !== undefined))
      problems.push(`"${panel.id}": "accepts" belongs to panels of annotation.media, and each of those needs it.`);
  }
  if (contributes.hooks.length > 0 && !manifest.server) problems.push('contributes.hooks needs a "server" entry.');
  return problems;
}

function suggest(name: string, known: readonly string[]): string {
  const tail = name.split('.').at(-1)?.toLowerCase() ?? '';
  const near = known.filter((k) => k.toLowerCase().includes(tail) || k.split('.')[0] === name.split('.')[0]);
  return `Known: ${(near.length > 0 ? near : known).join(', ')}.`;
}
