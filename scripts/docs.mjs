// Writes sdk/docs/hooks.md from the catalogue: one list serves kernel, tests and documentation.
//   node --conditions=source scripts/docs.mjs
import { writeFileSync } from 'node:fs';
import { hookCatalogue, KERNEL_API } from '../sdk/src/hooks/index.ts';

const lines = [
  '# Hooks',
  '',
  `Kernel API ${KERNEL_API}. Made from \`sdk/src/hooks\` by \`scripts/docs.mjs\`.`,
  '',
  'A tap gets the value and the context `{ principal, projectId, requestId, signal, log, sql? }`. Values are frozen: return a new one, or nothing.',
  '',
  '- **contain**: a failing tap is counted and passed over · **abort**: the request ends with its error · **deny**: the request is refused',
  '- *tx*: runs inside the transaction of the data; `context.sql` is its connection',
  '',
];
for (const [group, hooks] of Object.entries(hookCatalogue)) {
  lines.push(`## ${group}`, '', '| hook | kind | policy | ms | since | |', '|---|---|---|---|---|---|');
  for (const [name, hook] of Object.entries(hooks)) {
    const marks = [hook.inTransaction ? '*tx*' : '', hook.targeted ? 'to the plugin concerned only' : '']
      .filter(Boolean)
      .join(', ');
    lines.push(
      `| \`${group}.${name}\` | ${hook.kind} | ${hook.policy} | ${hook.budgetMs} | ${hook.since} | ${hook.about}${marks ? ` (${marks})` : ''} |`,
    );
  }
  lines.push('');
}
writeFileSync(new URL('../sdk/docs/hooks.md', import.meta.url), lines.join('\n'));
