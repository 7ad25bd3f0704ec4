import { execFile } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { type Browser, type BrowserContext, type LaunchOptions, chromium } from 'playwright-core';

/** A Chromium, and the environment that it needs. */
export interface BrowserProgram {
  readonly path: string;
  readonly env: Readonly<Record<string, string>>;
}

const SYSTEM_BROWSERS = ['chromium', 'chromium-browser', 'google-chrome', 'google-chrome-stable'];

// WebGL 2 in software through ANGLE and SwiftShader: there is no GPU in CI, and the viewer draws with WebGL.
const FLAGS = [
  '--headless',
  '--no-sandbox', // Chromium's sandbox refuses to work as root and in most containers; the pages are our own
  '--disable-gpu',
  '--use-gl=angle',
  '--use-angle=swiftshader',
  '--enable-unsafe-swiftshader',
  '--ignore-gpu-blocklist',
  '--disable-dev-shm-usage', // 64 MB in containers
  '--disable-quic',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
];

/** Starts the browser of the tests; the caller closes it. Options are those of Playwright, `args` are added to ours. */
export async function launchBrowser(options: LaunchOptions = {}): Promise<Browser> {
  const program = findSystemBrowser() ?? (await unpackBrowser());
  return launchProgram(program, options);
}

/**
 * As {@link launchBrowser}, with the Chromium of the npm package first: it has no window to draw, which is two thirds of a page's work
 * where there is no GPU, and it is the same one everywhere. It plays no compressed sounds and films, and measurements want the real one.
 */
export async function launchLightBrowser(options: LaunchOptions = {}): Promise<Browser> {
  const isThere = process.platform === 'linux' && process.arch === 'x64' && !process.env.CHROME_BIN;
  const program = isThere ? await unpackBrowser().catch(() => undefined) : undefined;
  return program ? launchProgram(program, options) : launchBrowser(options);
}

/** Starts the browser on a profile of its own, which the next start on that folder finds again; the caller closes it. */
export async function launchProfile(
  folder: string,
  options: Parameters<typeof chromium.launchPersistentContext>[1] = {},
): Promise<BrowserContext> {
  const program = findSystemBrowser() ?? (await unpackBrowser());
  return chromium.launchPersistentContext(folder, {
    ...options,
    executablePath: program.path,
    env: { ...process.env, ...program.env },
    args: FLAGS,
  });
}

/** Starts a certain browser, see {@link launchBrowser}. */
export function launchProgram(program: BrowserProgram, options: LaunchOptions = {}): Promise<Browser> {
  return chromium.launch({
    ...options,
    executablePath: program.path,
    env: { ...process.env, ...program.env, ...options.env },
    args: [...FLAGS, ...(options.args ?? [])],
  });
}

/** The browser named by `CHROME_BIN`, else the first one in the usual places. */
export function findSystemBrowser(): BrowserProgram | undefined {
  const named = process.env.CHROME_BIN;
  if (named !== undefined && named !== '') {
    if (!existsSync(named))
      throw new Error(`CHROME_BIN names ${named}, which does not exist. Correct it or leave it out.`);
    return { path: named, env: {} };
  }
  const folders = (process.env.PATH ?? '').split(':').concat('/usr/bin', '/usr/local/bin').filter(Boolean);
  const places = SYSTEM_BROWSERS.flatMap((name) => folders.map((folder) => join(folder, name)));
  places.push('/Applications/Google Chrome.app/Contents/MacOS/Google Chrome');
  const path = places.find((place) => existsSync(place));
  return path === undefined ? undefined : { path, env: {} };
}

/**
 * Unpacks the Chromium that the npm package `@sparticuz/chromium` ships, once, into `.cache` (3 s, 240 MB).
 *
 * A bare Debian lacks a few shared libraries (NSS, NSPR, expat); the package has them for Amazon Linux, and they serve here.
 */
export async function unpackBrowser(): Promise<BrowserProgram> {
  const require = createRequire(import.meta.url);
  let entry: string;
  try {
    entry = require.resolve('@sparticuz/chromium');
  } catch (cause) {
    throw new Error(
      'No browser for the tests: install Chromium (Debian: apt-get install chromium), name one with CHROME_BIN, or run ' +
        '"npm install" without --omit=optional to get @sparticuz/chromium (Linux only).',
      { cause },
    );
  }
  const packageFolder = dirname(dirname(entry));
  const { version } = JSON.parse(readFileSync(join(packageFolder, 'package.json'), 'utf8')) as { version: string };
  const folder = fileURLToPath(new URL(`../.cache/chromium-${version}`, import.meta.url));
  if (!existsSync(folder)) {
    const draft = `${folder}.${process.pid}.part`;
    mkdirSync(draft, { recursive: true });
    // The package unpacks into the folder for temporary files, so it works in a process that has one of its own.
    const program = `
      const { default: chromium, inflate } = await import(${JSON.stringify(entry)});
      await chromium.executablePath();
      await inflate(${JSON.stringify(join(packageFolder, 'bin', 'al2023.tar.br'))});`;
    await promisify(execFile)(process.execPath, ['--input-type=module', '--eval', program], {
      env: { ...process.env, TMPDIR: draft },
    });
    // The package's own file looks for its fonts in /tmp only.
    writeFileSync(join(draft, 'fonts', 'fonts.conf'), fontConfiguration(join(folder, 'fonts')));
    try {
      renameSync(draft, folder);
    } catch (error) {
      rmSync(draft, { recursive: true, force: true });
      if (!existsSync(folder)) throw error; // else another test file was quicker
    }
  }
  const libraries = [join(folder, 'al2023', 'lib'), process.env.LD_LIBRARY_PATH].filter(Boolean).join(':');
  return {
    path: join(folder, 'chromium'),
    env: { LD_LIBRARY_PATH: libraries, FONTCONFIG_PATH: join(folder, 'fonts') },
  };
}

const fontConfiguration = (folder: string): string => `<?xml version="1.0"?>
<!DOCTYPE fontconfig SYSTEM "fonts.dtd">
<fontconfig><dir>${folder}</dir><dir>/usr/share/fonts</dir><cachedir>${folder}/cache</cachedir></fontconfig>
`;
