import { join } from 'node:path';
import { ConfigError, loadConfig } from './config.ts';
import { startEmbeddedPostgres } from './db/embedded.ts';
import { createLog } from './log.ts';
import { createPlatform, type Platform } from './platform.ts';

/** Starts the platform from the environment and ends it on SIGINT or SIGTERM. */
async function main(): Promise<void> {
  const config = loadConfig(process.env);
  const log = createLog(config.logLevel, config.logPretty);
  const embedded = config.databaseUrl
    ? undefined
    : await startEmbeddedPostgres({
        dataDir: join(config.dataDir, 'postgres'),
        log: (message) => log.info({}, message),
      });
  const database = config.databaseUrl ? { url: config.databaseUrl } : embedded?.connection;

  let platform: Platform | undefined;
  let isStopping = false;
  const stop = async (reason: string, code: number): Promise<void> => {
    if (isStopping) return;
    isStopping = true;
    log.info({ reason }, 'stopping');
    await platform
      ?.stop(reason)
      .catch((error: unknown) => log.error({ err: error }, 'the platform did not stop cleanly'));
    await embedded?.stop();
    process.exit(code);
  };
  process.on('SIGINT', () => void stop('SIGINT', 0));
  process.on('SIGTERM', () => void stop('SIGTERM', 0));
  // A plugin's late failure is charged to it and the server stays up; a failure of our own is a bug that must not go on.
  for (const event of ['unhandledRejection', 'uncaughtException'] as const) {
    process.on(event, (error: unknown) => {
      if (platform?.kernel.charge(error) !== undefined) return;
      log.error({ err: error }, event);
      void stop(event, 1);
    });
  }

  try {
    platform = await createPlatform({ config, log, database: database ?? {} });
    // The demo brings an administrator of its own.
    const setup = config.demo && !config.admin ? {} : await platform.domain.auth.setup.ensure();
    const url = await platform.listen();
    log.info({ url }, 'ready');
    platform.domain.sweep();
    greet(url, 'code' in setup ? setup.code : undefined, config.demo);
  } catch (error) {
    log.error({ err: error }, 'the start failed');
    await stop('start failed', 1);
  }
}

/** What a person at the terminal needs; the log is for machines. */
function greet(url: string, setupCode: string | undefined, isDemo: boolean): void {
  const lines = [`Exact is ready: ${url}`];
  if (isDemo) lines.push('Demo: sign in as "demo" (manager) or "reader" (annotator), password "exact-demo-only".');
  if (setupCode) lines.push(`There is no administrator yet. Make one here, once: ${url}/setup?code=${setupCode}`);
  process.stdout.write(`\n${lines.map((line) => `  ${line}`).join('\n')}\n\n`);
}

main().catch((error: unknown) => {
  process.stderr.write(
    error instanceof ConfigError ? `${error.message}\n` : `${error instanceof Error ? error.stack : String(error)}\n`,
  );
  process.exit(1);
});
