// Writes sdk/docs/hooks.md from the catalogue of hooks, packages/scores/docs/rules.md from the registry of scores, and sdk/docs/plugins.md
// from the plugins themselves: one list serves program, tests and documentation. Run Prettier on them afterwards.
//   node --conditions=source scripts/docs.mjs
import { mkdirSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { ALL_SCORES } from '../packages/scores/src/index.ts';
import { hookCatalogue, KERNEL_API } from '../sdk/src/hooks/index.ts';
import { pluginsPage } from './plugin-docs.ts';

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
writeFileSync(
  new URL('../sdk/docs/plugins.md', import.meta.url),
  pluginsPage(fileURLToPath(new URL('..', import.meta.url))),
);

const rules = [
  '# Rules of all scores',
  '',
  'Made from the registry in `packages/scores/src/registry.ts` by `scripts/docs.mjs`. Every vector is a test.',
  '',
  '| id | version | | vectors |',
  '|---|---|---|---|',
  ...ALL_SCORES.map(({ id, version, title, vectors }) => `| \`${id}\` | ${version} | ${title} | ${vectors.length} |`),
  '',
];
for (const { id, title, rule, sources } of ALL_SCORES) {
  rules.push(`## ${title} (\`${id}\`)`, '', rule, '');
  for (const { citation, url, takes } of sources)
    rules.push(`- ${url ? `[${citation}](${url})` : citation}${takes ? `: ${takes}` : ''}`);
  rules.push('');
}
mkdirSync(new URL('../packages/scores/docs/', import.meta.url), { recursive: true });
writeFileSync(new URL('../packages/scores/docs/rules.md', import.meta.url), rules.join('\n'));
