/**
 * `npm run import -- FILE --source NAME [--url URL] [--check] [--skip-bad] [--again] [--keep-closed]`: brings people, conversations and messages from a file
 * (docs/import.md) to a server. Stopped or killed, it goes on where it was. Exits with 0 where all is stored, 1 where it stopped, 2 where it was called wrongly, 3 where
 * lines were skipped.
 */
import { createWriteStream, existsSync, statSync } from "node:fs";
import { parseArgs } from "node:util";
import { importSource } from "../../schema/operator/import.ts";
import { linesOf } from "../export/lines.ts";
import { FileCheck } from "./file-check.ts";
import { BadLine, Importer, type Progress } from "./importer.ts";
import { OperatorDoor } from "./operator-door.ts";
import { PlaceFile } from "./place.ts";

const usage = `Usage: npm run import -- FILE --check
       OPERATOR_SECRET=… npm run import -- FILE --source NAME [--url URL] [--skip-bad] [--again] [--keep-closed]
FILE may be - for the standard input. docs/import.md says what stands in it.
`;
/** How long the server may take nothing before this gives up. */
const giveUpMs = 300_000;
const shownMax = 100;
const showEveryMs = 1_000;

const { file, isCheck, ...options } = readArguments();
if (file !== "-" && (!existsSync(file) || !statSync(file).isFile())) leave(`${file} is not there.\n`, 2);
const print = (text: string): void => void process.stderr.write(`${text}\n`);
const isBad = isCheck ? await check() : await bring();
process.exitCode = isBad;

/** Reads the file and says all faults that can be seen without a server. */
async function check(): Promise<number> {
  const checking = new FileCheck();
  const report = reporter();
  let line = 0;
  const counts: Record<string, number> = {};
  for await (const read of linesOf(file)) {
    line++;
    const checked = "fault" in read ? read : read.text.trim() === "" ? undefined : checking.take(read.text);
    if (checked !== undefined && "fault" in checked) report.bad(line, checked.fault);
    else if (checked !== undefined) counts[checked.line.type] = (counts[checked.line.type] ?? 0) + 1;
  }
  const good = Object.entries(counts).map(([type, count]) => `${count} ${type}`);
  process.stdout.write(`${line} lines, ${report.count} of them bad. Good: ${good.join(", ") || "none"}.\n`);
  return report.count === 0 ? 0 : 1;
}

async function bring(): Promise<number> {
  const { source = "", url, skipsBad, isAgain, keepsClosed } = options;
  const secret = process.env["OPERATOR_SECRET"];
  if (!importSource.safeParse(source).success) leave(`--source: must be 1 to 64 of a-z 0-9 _ -\n${usage}`, 2);
  if (secret === undefined) leave(`OPERATOR_SECRET is not set.\n${usage}`, 2);
  const server = url.replace(/\/+$/, "");
  const placeFile = file === "-" ? undefined : new PlaceFile(file, server, source);
  const door = new OperatorDoor({ server, secret, source, giveUpMs, say: print });
  const report = reporter();
  const size = file === "-" ? undefined : statSync(file).size;
  const beganAt = Date.now();
  let shownAt = beganAt;
  const onProgress = (progress: Progress): void => {
    if (Date.now() - shownAt < showEveryMs) return;
    shownAt = Date.now();
    const share = size === undefined ? "" : `, ${Math.floor((100 * progress.offset) / Math.max(1, size))} %`;
    print(`line ${progress.line}${share}: ${summaryOf(progress, beganAt)}`);
  };
  const wish = { file, door, placeFile, skipsBad, isAgain, keepsClosed, onBad: report.bad, onProgress };
  try {
    const counts = await new Importer(wish).run();
    const closed = keepsClosed
      ? " The conversations are not open yet: bring more, and leave out --keep-closed at the end."
      : "";
    process.stdout.write(
      `Done in ${((Date.now() - beganAt) / 1_000).toFixed(1)} s: ${summaryOf(counts, beganAt)}.${closed}\n`,
    );
    if (counts.skipped > 0) process.stdout.write(`${counts.skipped} lines were skipped${report.where}.\n`);
    return counts.skipped > 0 ? 3 : 0;
  } catch (error) {
    print(error instanceof Error ? error.message : String(error));
    print(
      error instanceof BadLine
        ? "Stopped. What was stored is kept. Mend the line and run this again, or leave out such lines with --skip-bad."
        : "Stopped. What was stored is kept; the next run goes on from here.",
    );
    return 1;
  }
}

/** Says bad lines by number and reason: all in a file beside the one that is read, the first ones on the screen. */
function reporter(): { bad: (line: number, fault: string) => void; readonly count: number; readonly where: string } {
  let count = 0;
  const name = file === "-" ? undefined : `${file}.bad-lines.txt`;
  let out: ReturnType<typeof createWriteStream> | undefined;
  return {
    bad: (line, fault) => {
      count++;
      if (name !== undefined) (out ??= createWriteStream(name)).write(`line ${line}: ${fault}\n`);
      if (count <= shownMax) print(`line ${line}: ${fault}`);
      if (count === shownMax) print(`Further ones are ${name === undefined ? "counted" : `in ${name}`}.`);
    },
    get count() {
      return count;
    },
    get where() {
      return name === undefined ? "" : `: see ${name}`;
    },
  };
}

function summaryOf(
  { people, conversations, stored, known }: Omit<Progress, "line" | "offset">,
  beganAt: number,
): string {
  const perSecond = Math.round((1_000 * (stored + known)) / Math.max(1, Date.now() - beganAt));
  return `${people} new people, ${conversations} conversations, ${stored} new lines of history and ${known} that were there, ${perSecond} a second`;
}

function readArguments() {
  try {
    const { values, positionals } = parseArgs({
      allowPositionals: true,
      options: {
        source: { type: "string" },
        url: { type: "string", default: "http://127.0.0.1:8787" },
        check: { type: "boolean", default: false },
        "skip-bad": { type: "boolean", default: false },
        again: { type: "boolean", default: false },
        "keep-closed": { type: "boolean", default: false },
      },
    });
    const [name, more] = positionals;
    if (name === undefined || more !== undefined) leave(usage, 2);
    return {
      file: name,
      source: values.source,
      url: values.url,
      isCheck: values.check,
      skipsBad: values["skip-bad"],
      isAgain: values.again,
      keepsClosed: values["keep-closed"],
    };
  } catch (error) {
    return leave(`${error instanceof Error ? error.message : String(error)}\n${usage}`, 2);
  }
}

function leave(text: string, code: number): never {
  process.stderr.write(text);
  process.exit(code);
}
