// Front door of the repository: `npm start`, `npm test` and the other commands of package.json end here.
// Runs on Node 18 and later, without any installed package: it installs them.
import { existsSync } from 'node:fs';
import process from 'node:process';

import { bench, build, dev, lint, mutate, start, study, test, typecheck, worlds } from './commands.mjs';
import { provideDependencies } from './dependencies.mjs';
import { FailedStep, ROOT, run } from './process.mjs';
import { NODE_NEEDED, isNodeGoodEnough, provideNode } from './provide-node.mjs';

const COMMANDS = { start, dev, test, bench, mutate, study, worlds, build, lint, typecheck };

async function main([name = '', ...args]) {
  const command = Object.hasOwn(COMMANDS, name) ? COMMANDS[name] : undefined;
  if (!command) {
    throw new FailedStep(`There is no command "${name}". Commands: ${Object.keys(COMMANDS).join(', ')}.`, 2);
  }
  if (!existsSync(`${ROOT}/package.json`))
    throw new FailedStep(`${ROOT} has no package.json: this is not a clone of Exact.`);
  if (!isNodeGoodEnough(process.versions.node)) {
    const { node, env } = await provideNode();
    console.log(
      `Exact needs Node ${NODE_NEEDED} or newer and this is ${process.versions.node}: going on under the Node in .cache.`,
    );
    return run(node, [process.argv[1], name, ...args], { env });
  }
  await provideDependencies();
  return command(args);
}

try {
  process.exitCode = await main(process.argv.slice(2));
} catch (error) {
  if (!(error instanceof FailedStep)) throw error;
  console.error(`\n${error.message}`);
  process.exitCode = error.exitCode;
}
