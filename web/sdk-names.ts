/** Owns the names under which the app imports the SDK, which are those of its package, and the sources that they stand for here. */
import { join } from "node:path";

const client = join(import.meta.dirname, "../client");

/** For Vite's `resolve.alias`; tsconfig.web.json and tsconfig.node.json say the same to the type checker. */
export const sdkNames = [
  { find: /^parley-sdk$/, replacement: join(client, "index.ts") },
  { find: /^parley-sdk\/indexed-db$/, replacement: join(client, "storage/storage-indexed-db.ts") },
  { find: /^parley-sdk\/background$/, replacement: join(client, "background/background.ts") },
  { find: /^parley-sdk\/react$/, replacement: join(client, "react.ts") },
];
