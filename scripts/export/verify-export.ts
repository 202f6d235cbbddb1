/**
 * `npm run verify-export FILE [HASH] [--fetch[=FOLDER]]`: checks an export of a conversation, and prints what it found. HASH is the hash that the server, or
 * another member, shows for the last message. Without `--fetch` no server is asked; with it the bytes of attachments are fetched and checked, and kept in FOLDER
 * if one is named. Exits with 0 only where the export, and what was fetched, is whole and intact.
 */
import { checkExport, reportOf } from "./check-export.ts";
import { BytesFetch, bytesReportOf } from "./fetch-bytes.ts";

const given = process.argv.slice(2);
const fetchOption = given.find((each) => /^--fetch(?:=|$)/.test(each));
const [file, expected] = given.filter((each) => each !== fetchOption);
if (file === undefined || file.startsWith("--")) {
  process.stderr.write("Usage: npm run verify-export -- FILE [HASH] [--fetch[=FOLDER]]      (FILE may be -)\n");
  process.exit(2);
}
const fetched = fetchOption === undefined ? undefined : new BytesFetch(fetchOption.split("=", 2)[1]);
try {
  const { text, isWell } = reportOf(await checkExport(file, (line) => fetched?.take(line)), expected);
  process.stdout.write(text);
  if (fetched !== undefined) process.stdout.write(bytesReportOf(fetched));
  process.exitCode = isWell && (fetched?.faults ?? 0) === 0 ? 0 : 1;
} catch (error) {
  process.stderr.write(`${file} cannot be read: ${error instanceof Error ? error.message : String(error)}\n`);
  process.exitCode = 2;
}
