/**
 * `npm run import -- FILE --source NAME [--url URL]`: brings people, conversations and messages from a file (docs/import.md) to a server. The
 * secret of the operator's door is in the environment as OPERATOR_SECRET. The same command again goes on where it was cut off, and stores nothing twice.
 */
import { parseArgs } from "node:util";
import { Importer, ImportFault } from "./import-file.ts";

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: { source: { type: "string" }, url: { type: "string", default: "http://127.0.0.1:8787" } },
});
const [file] = positionals;
const secret = process.env["OPERATOR_SECRET"];
if (file === undefined || values.source === undefined || secret === undefined) {
  process.stderr.write(
    "Usage: OPERATOR_SECRET=… npm run import -- FILE --source NAME [--url URL]      (FILE may be -)\n",
  );
  process.exit(2);
}
const begun = Date.now();
try {
  const { people, conversations, stored, known } = await new Importer({
    url: values.url,
    secret,
    source: values.source,
  }).run(file);
  const seconds = (Date.now() - begun) / 1_000;
  process.stdout.write(
    `${people} people, ${conversations} conversations, ${stored} messages stored, ${known} were there already; ${seconds.toFixed(1)} s, ${Math.round((stored + known) / seconds)} messages a second.\n`,
  );
} catch (error) {
  process.stderr.write(`${error instanceof ImportFault ? error.message : String(error)}\n`);
  process.exitCode = 1;
}
