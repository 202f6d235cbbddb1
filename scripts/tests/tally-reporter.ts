/** Counts for the closing line of `npm test`. They are written to a file at the end, so a vitest that dies has counted nothing. */
import { writeFileSync } from "node:fs";
import type { Reporter, TestModule } from "vitest/node";

export interface Tally {
  readonly passed: number;
  readonly failed: number;
  readonly skipped: number;
}

export default class TallyReporter implements Reporter {
  onTestRunEnd(modules: readonly TestModule[], unhandledErrors: readonly unknown[]): void {
    const file = process.env["PARLEY_TALLY"];
    if (file === undefined) return;
    const tally = { passed: 0, failed: unhandledErrors.length, skipped: 0 };
    for (const module of modules) {
      // A file or suite that broke outside its tests counts as one failure.
      tally.failed += module.errors().length;
      for (const suite of module.children.allSuites()) tally.failed += suite.errors().length;
      for (const test of module.children.allTests()) {
        const { state } = test.result();
        tally[state === "pending" ? "failed" : state]++;
      }
    }
    writeFileSync(file, JSON.stringify(tally));
  }
}
