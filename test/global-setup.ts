import { startTestCluster } from '../core/src/db/test-database.ts';
import { PROPERTY_SEED } from './seed.ts';

/** Runs once around a whole test run: one PostgreSQL server for all files; each file makes databases of its own on it. */
export default async function setup(): Promise<() => Promise<void>> {
  const startedAt = performance.now();
  const cluster = await startTestCluster();
  const tookMs = Math.round(performance.now() - startedAt);
  process.stdout.write(`test database ready in ${tookMs} ms · property seed ${PROPERTY_SEED} (EXACT_TEST_SEED)\n`);
  return () => cluster.stop();
}
