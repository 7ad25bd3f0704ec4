import type { Reporter, TestModule } from 'vitest/node';

/**
 * Closes a run with one plain line, `12 passed, 0 failed, 1 skipped`, that people and machines can read.
 *
 * A file that failed before its tests were known, and an error outside of any test, count as one failure each:
 * otherwise a broken run could look like a small one.
 */
export default class SummaryReporter implements Reporter {
  onTestRunEnd(modules: readonly TestModule[], unhandledErrors: readonly unknown[]): void {
    const count = { passed: 0, failed: unhandledErrors.length, skipped: 0, pending: 0 };
    for (const module of modules) {
      let failedTests = 0;
      for (const test of module.children.allTests()) {
        const { state } = test.result();
        count[state] += 1;
        if (state === 'failed') failedTests += 1;
      }
      if (!module.ok() && failedTests === 0) count.failed += 1;
    }
    const skipped = count.skipped + count.pending;
    process.stdout.write(
      `\n${count.passed} passed, ${count.failed} failed${skipped > 0 ? `, ${skipped} skipped` : ''}\n`,
    );
  }
}
