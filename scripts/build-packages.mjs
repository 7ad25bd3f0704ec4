// Compiles what is published: JavaScript and type declarations into `dist` of each workspace that is not private. Browser halves of
// plugins are built by `ui/build`.
//
//   node scripts/build-packages.mjs
import { readdirSync, readFileSync } from 'node:fs';
import { join, relative } from 'node:path';
import process from 'node:process';
import ts from 'typescript';

import { ROOT } from './process.mjs';

/** In the order of their imports: each is compiled against the declarations of those before it. */
const WORKSPACES = ['packages/geometry', 'packages/tiff', 'sdk', ...folders('plugins')];

const base = ts.parseJsonConfigFileContent(
  ts.readConfigFile(join(ROOT, 'tsconfig.json'), ts.sys.readFile).config,
  ts.sys,
  ROOT,
).options;

let failed = 0;
for (const workspace of WORKSPACES) failed += compile(workspace);
process.exit(failed > 0 ? 1 : 0);

function compile(workspace) {
  const source = join(ROOT, workspace, 'src');
  const files = readdirSync(source, { recursive: true, encoding: 'utf8' })
    .filter((name) => name.endsWith('.ts') && !/\.(test|fixture|testing)\.ts$/.test(name))
    // Vue files and what only they use belong to the browser bundle.
    .filter((name) => workspace === 'sdk' || !name.startsWith('ui/'))
    .map((name) => join(source, name));
  if (files.length === 0) return 0;
  const program = ts.createProgram(files, {
    ...base,
    customConditions: [],
    noEmit: false,
    declaration: true,
    rewriteRelativeImportExtensions: true,
    rootDir: source,
    outDir: join(ROOT, workspace, 'dist'),
  });
  const problems = [...ts.getPreEmitDiagnostics(program), ...program.emit().diagnostics];
  const host = { getCanonicalFileName: (name) => name, getCurrentDirectory: () => ROOT, getNewLine: () => '\n' };
  if (problems.length > 0) console.error(ts.formatDiagnostics(problems, host));
  console.log(`${problems.length === 0 ? 'compiled' : 'failed'} ${relative(ROOT, join(ROOT, workspace))}`);
  return problems.length;
}

function folders(parent) {
  return readdirSync(join(ROOT, parent), { withFileTypes: true })
    .filter((entry) => entry.isDirectory())
    .map((entry) => `${parent}/${entry.name}`)
    .filter((folder) => !JSON.parse(readFileSync(join(ROOT, folder, 'package.json'), 'utf8')).private);
}
