import { cloudflareTest, readD1Migrations } from "@cloudflare/vitest-plugin";
import { existsSync, mkdirSync } from "node:fs";
import { defineConfig } from "vitest/config";
import LongestFirst from "./scripts/tests/longest-first.ts";
import { linguiMacros } from "./web/macros.ts";
import { sdkNames } from "./web/sdk-names.ts";

const migrationsFolder = "schema/tables/migrations";
// The objects' tests read wrangler.toml, which names this folder; they need nothing of what is in it.
mkdirSync("dist/web", { recursive: true });

// Secrets of the objects' tests, which wrangler takes from the environment: known to everybody and used for nothing else.
Object.assign(process.env, {
  TOKEN_SECRET: "dGVzdC10b2tlbi1zZWNyZXQtMzItYnl0ZXMtbG9uZyE",
  ID_SECRET: "dGVzdC1pZGVudC1zZWNyZXQtMzItYnl0ZXMtbG9uZyE",
  VAPID_PUBLIC_KEY: "BKo35FtzrHUJlCz8seRm8CkvzsmiO8vv1hYU_nAEDRpfg_TjQYDAONorntRRtR_y2fgiBmZ_sBv1sfvzZX7cc-8",
  VAPID_PRIVATE_KEY: "QSVvPLs_t9Lih7r2PxSC9UhqQSGrj0PenydDO6GaBy4",
});

/**
 * Of the tests of objects, of real time and of the system, which have one group. One of them does nothing but wait for two minutes and a half, and each of the
 * others works four fifths of its time at most; so four at once keep two processors busy.
 */
const waitingWorkers = 4;

/** Said by scripts/test.ts when nothing was asked for by its name. */
const isGathered = process.env["PARLEY_GATHERED_TESTS"] === "on";

export default defineConfig({
  test: {
    // The groups run one after the other. Files of one group share its workers, and start in the order of their projects' names, but for the longest.
    sequence: { sequencer: LongestFirst },
    projects: [
      {
        plugins: [linguiMacros()],
        resolve: { alias: sdkNames },
        test: {
          name: "core",
          include: ["test/**/*.test.ts", "test/**/*.test.tsx"],
          exclude: ["test/objects/**", "test/real-time/**", "test/system/**", "test/browser/**"],
          setupFiles: ["test/setup.ts"],
          // Files share two threads: to begin one for each file, and to load the same modules anew, took a third of the processor time. What modules keep, and what
          // tests put in place of globals, is the setup's to undo.
          pool: "threads",
          isolate: false,
          // Of itself vitest leaves one processor to itself, which is half of two.
          maxWorkers: "100%",
          testTimeout: 20_000,
          sequence: { groupOrder: 0 },
        },
      },
      {
        plugins: [
          cloudflareTest(async () => ({
            wrangler: { configPath: "./wrangler.toml" },
            miniflare: {
              bindings: {
                TEST_MIGRATIONS: existsSync(migrationsFolder) ? await readD1Migrations(migrationsFolder) : [],
                PARLEY_RATE_LIMITS: "off",
              },
            },
          })),
        ],
        test: {
          name: "objects",
          // Each file that vitest knows of has a runtime of its own, which takes five seconds of the processor to begin and to load. So a run of all files is one of a few suites,
          // each of which gathers the files of some folders. (With `isolate: false` all tests of a file hang now and then, each until its time is over.)
          include: [isGathered ? "test/objects/suites/*.suite.ts" : "test/objects/**/*.test.ts"],
          setupFiles: ["test/objects/setup.ts"],
          // On a busy machine one object waits a while for another. What hangs is found by the waits within a test.
          expect: { poll: { timeout: 20_000 } },
          testTimeout: 60_000,
          hookTimeout: 60_000,
          maxWorkers: waitingWorkers,
          sequence: { groupOrder: 1 },
        },
      },
      {
        // Beside those of objects and system, for it does little but wait.
        test: {
          name: "real-time",
          include: ["test/real-time/**/*.test.ts"],
          maxWorkers: waitingWorkers,
          testTimeout: 120_000,
          hookTimeout: 60_000,
          sequence: { groupOrder: 1 },
        },
      },
      {
        test: {
          name: "system",
          include: ["test/system/**/*.test.ts"],
          globalSetup: ["test/system/setup.ts"],
          maxWorkers: waitingWorkers,
          expect: { poll: { timeout: 20_000, interval: 100 } },
          // Exports of seven people, one after the other, beside two other files on a busy machine.
          testTimeout: 180_000,
          hookTimeout: 120_000,
          sequence: { groupOrder: 1 },
        },
      },
      {
        test: {
          name: "browser",
          include: ["test/browser/**/*.test.ts"],
          globalSetup: ["test/browser/setup.ts"],
          // To load Playwright for each file takes most of a second.
          isolate: false,
          // A page and its test wait for each other, and for the server, a third of the time: three files at once use two processors.
          maxWorkers: 3,
          // What is polled here goes from a page through the server to another page.
          expect: { poll: { timeout: 20_000, interval: 100 } },
          // The longest take 15 s alone. On a machine that others use, too, all of a test takes several times as long; each of its waits still ends by itself.
          testTimeout: 180_000,
          hookTimeout: 120_000,
          sequence: { groupOrder: 2 },
        },
      },
    ],
  },
});
