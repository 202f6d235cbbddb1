/** The bare Worker on workerd by Miniflare, started as scripts/server/runtime.ts starts Parley: state on disk, one port on loopback, the same flags of V8. */
import { readFileSync } from "node:fs";
import { stripTypeScriptTypes } from "node:module";
import { join } from "node:path";
import { convertV4MiniflareOptions, Log, LogLevel, Miniflare } from "miniflare";
import { flagRuntime } from "../scripts/server/runtime-flags.ts";

const [stateFolder] = process.argv.slice(2);
if (stateFolder === undefined) throw new Error("Usage: node bench/serve-bare.ts STATE");

/** The modules, the entry first. workerd needs JavaScript; of these files only the types must be removed. */
const folder = join(import.meta.dirname, "bare");
const files = [
  "worker.ts",
  "room.ts",
  "chain.ts",
  "courier.ts",
  "ledger.ts",
  "grouped-chain.ts",
  "reader.ts",
  "push.ts",
  "media.ts",
];

flagRuntime();
const miniflare = new Miniflare(
  convertV4MiniflareOptions({
    host: "127.0.0.1",
    port: Number(process.env["PORT"] ?? "0"),
    log: new Log(LogLevel.WARN),
    logRequests: false,
    cf: false,
    telemetry: { enabled: false },
    resourcePersistencePath: stateFolder,
    workers: [
      {
        name: "bare",
        rootPath: folder,
        modulesRoot: folder,
        modules: files.map((name) => ({
          type: "ESModule",
          path: join(folder, name),
          contents: stripTypeScriptTypes(readFileSync(join(folder, name), "utf8")),
        })),
        compatibilityDate: "2026-10-01",
        compatibilityFlags: ["no_web_socket_compression"],
        durableObjects: {
          ROOMS: { className: "Room", useSQLite: true },
          GROUP_COMMIT_ROOMS: { className: "GroupCommitRoom", useSQLite: true },
          CHAIN_USERS: { className: "ChainUser", useSQLite: true },
          CHAIN_CONVERSATIONS: { className: "ChainConversation", useSQLite: true },
          COURIER_USERS: { className: "CourierUser", useSQLite: true },
          COURIER_CONVERSATIONS: { className: "CourierConversation", useSQLite: true },
          LEDGER_USERS: { className: "LedgerUser", useSQLite: true },
          LEDGER_CONVERSATIONS: { className: "LedgerConversation", useSQLite: true },
          GROUPED_USERS: { className: "GroupedUser", useSQLite: true },
          GROUPED_CONVERSATIONS: { className: "GroupedConversation", useSQLite: true },
          READERS: { className: "Reader", useSQLite: true },
        },
        r2Buckets: ["MEDIA"],
        // As wrangler.toml sets up the push queue.
        queueProducers: { PUSHES: "bare-push" },
        queueConsumers: { "bare-push": { maxBatchSize: 50, maxBatchTimeout: 1 } },
      },
    ],
  }),
);
const url = await miniflare.ready;
process.stdout.write(`Ready on ${url.origin}\n`);
