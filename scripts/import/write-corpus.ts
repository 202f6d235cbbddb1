/** `npm run corpus -- [COUNT] > FILE`: writes the corpus as an import, by default all of it. */
import { once } from "node:events";
import { corpusLines } from "./corpus.ts";

const count = Number(process.argv[2] ?? Infinity);
for (const line of corpusLines(count)) if (!process.stdout.write(line)) await once(process.stdout, "drain");
