/** `node scripts/build/sdk/make.ts FOLDER REFERENCE`: makes the SDK's package and its reference. A process of its own, beside the rest of the build. */
import { join, resolve } from "node:path";
import { buildPackage, sdkEntries } from "./package.ts";
import { buildReference } from "./reference.ts";

const root = join(import.meta.dirname, "../../..");
const [folder, reference] = process.argv.slice(2);
if (folder === undefined || reference === undefined)
  throw new Error("Usage: node scripts/build/sdk/make.ts FOLDER REFERENCE");
await buildPackage(root, resolve(folder));
buildReference(root, Object.keys(sdkEntries), resolve(folder), resolve(reference));
