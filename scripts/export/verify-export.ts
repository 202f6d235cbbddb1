/**
 * `npm run verify-export FILE [HASH]`: checks an export of a conversation without a server, and prints what it found. HASH is the hash that the
 * server, or another member, shows for the last message. Exits with 0 only where the export is whole and intact.
 */
import { checkExport, reportOf } from "./check-export.ts";

const [file, expected] = process.argv.slice(2);
if (file === undefined) {
  process.stderr.write("Usage: npm run verify-export -- FILE [HASH]      (FILE may be -)\n");
  process.exit(2);
}
try {
  const { text, isWell } = reportOf(await checkExport(file), expected);
  process.stdout.write(text);
  process.exitCode = isWell ? 0 : 1;
} catch (error) {
  process.stderr.write(`${file} cannot be read: ${error instanceof Error ? error.message : String(error)}\n`);
  process.exitCode = 2;
}
