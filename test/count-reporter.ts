import type { Reporter, TestModule, TestRunEndReason } from "vitest/node";

/** Closes a run with one plain line, `N passed, N failed`, that a script can read. */
export default class CountReporter implements Reporter {
  onTestRunEnd(modules: readonly TestModule[], unhandledErrors: readonly unknown[], reason: TestRunEndReason): void {
    const count = { passed: 0, failed: unhandledErrors.length, skipped: 0, pending: 0 };
    for (const module of modules) {
      if (module.errors().length > 0) count.failed += 1;
      for (const test of module.children.allTests()) count[test.result().state] += 1;
    }
    // A run that breaks before its first test, in a global setup for example, has failed too.
    if (reason === "failed" && count.failed === 0) count.failed = 1;
    const skipped = count.skipped + count.pending;
    process.on("exit", () => {
      process.stdout.write(
        `\n${count.passed} passed, ${count.failed} failed${skipped > 0 ? `, ${skipped} skipped` : ""}\n`,
      );
    });
  }
}
