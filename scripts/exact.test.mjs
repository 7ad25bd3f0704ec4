import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, mkdtempSync, rmSync, utimesSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeEach, describe, expect, it } from 'vitest';

import { dependencyState } from './dependencies.mjs';
import { ROOT } from './process.mjs';
import { isNodeGoodEnough } from './provide-node.mjs';

const base = mkdtempSync(join(tmpdir(), 'exact scripts-'));
let root = base;
let count = 0;
beforeEach(() => {
  root = join(base, String(count++));
  mkdirSync(root);
});
afterAll(() => rmSync(base, { recursive: true, force: true }));

function write(path, text, atSeconds) {
  const file = join(root, path);
  mkdirSync(join(file, '..'), { recursive: true });
  writeFileSync(file, text);
  if (atSeconds !== undefined) utimesSync(file, atSeconds, atSeconds);
}

describe('the version of Node', () => {
  it.each([
    ['18.20.4', false],
    ['20.20.2', false],
    ['22.17.9', false],
    ['22.18.0', true],
    ['24.0.0', true],
    ['100.1.0', true],
  ])('%s is good enough: %s', (version, expected) => {
    expect(isNodeGoodEnough(version)).toBe(expected);
  });
});

describe('the state of the dependencies', () => {
  it('is missing without node_modules, and after an installation that was broken off', () => {
    write('package-lock.json', '{}');
    expect(dependencyState(root)).toBe('missing');
    write('node_modules/vitest/package.json', '{}');
    expect(dependencyState(root)).toBe('missing');
  });

  it('is outdated when the lockfile is newer', () => {
    write('node_modules/.package-lock.json', '{}', 1_000);
    write('package-lock.json', '{}', 2_000);
    expect(dependencyState(root)).toBe('outdated');
    write('package-lock.json', '{}', 500);
    expect(dependencyState(root)).toBe('present');
  });

  it('is present when the lockfile is newer but the same as when it was installed', () => {
    write('node_modules/.package-lock.json', '{}', 1_000);
    write('package-lock.json', '{}', 2_000);
    const hashOfText = '44136fa355b3678a1146ad16f7e8649e94fb4fc21fe77e8310c060f61caaff8a'; // sha256sum of "{}"
    write('node_modules/.exact-lock-hash', hashOfText);
    expect(dependencyState(root)).toBe('present');
  });
});

describe('the front door', () => {
  it('names the commands when it does not know one, and ends with an error', () => {
    const { status, stderr } = spawnSync(process.execPath, ['scripts/exact.mjs', 'strat'], {
      cwd: ROOT,
      encoding: 'utf8',
    });
    expect(stderr).toMatch(/no command "strat".*start, dev, test/);
    expect(status).toBe(2);
  });

  it.each(['SIGTERM', 'SIGINT'])(
    'passes %s on and ends with the exit code of the program, which may clean up',
    async (signal) => {
      const inner = `process.on(${JSON.stringify(signal)}, () => { console.log('cleaned up'); process.exit(7); });
      setInterval(() => {}, 1000); console.log('ready');`;
      const outer = `import { run } from ${JSON.stringify(join(ROOT, 'scripts/process.mjs'))};
      process.exitCode = await run(process.execPath, ['-e', ${JSON.stringify(inner)}]);`;
      const child = spawn(process.execPath, ['--input-type=module', '-e', outer], {
        stdio: ['ignore', 'pipe', 'inherit'],
      });
      let output = '';
      child.stdout.setEncoding('utf8').on('data', (text) => {
        output += text;
        if (text.includes('ready')) child.kill(signal);
      });
      const [code] = await once(child, 'close');
      expect(output).toBe('ready\ncleaned up\n');
      expect(code).toBe(7);
    },
  );
});
