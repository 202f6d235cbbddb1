/** Owns reading a file line by line in bounded memory: a line that is too long, or is no UTF-8, is reported as such. */
import { createReadStream } from "node:fs";

/** The line of a message with the longest text and all its reactions stays far below this. */
export const lineBytesMax = 4_194_304;

/** `bytes`: of the line in the file, its line break included. */
export type ReadLine = ({ text: string } | { fault: string }) & { bytes: number };

/** `-` is the standard input. An empty line at the very end is none. */
export async function* linesOf(file: string): AsyncGenerator<ReadLine> {
  const stream: AsyncIterable<Buffer> = file === "-" ? process.stdin : createReadStream(file);
  let parts: Buffer[] = [];
  let bytes = 0;
  let isTooLong = false;
  const add = (part: Buffer): void => {
    bytes += part.length;
    isTooLong ||= bytes > lineBytesMax;
    if (isTooLong) parts = [];
    else parts.push(part);
  };
  const finish = (lineBreak: 0 | 1): ReadLine => {
    const line = { ...(isTooLong ? tooLong : decode(Buffer.concat(parts))), bytes: bytes + lineBreak };
    parts = [];
    bytes = 0;
    isTooLong = false;
    return line;
  };
  for await (const chunk of stream) {
    let from = 0;
    for (let at = chunk.indexOf(10); at !== -1; at = chunk.indexOf(10, from)) {
      add(chunk.subarray(from, at));
      from = at + 1;
      yield finish(1);
    }
    if (from < chunk.length) add(chunk.subarray(from));
  }
  if (bytes > 0) yield finish(0);
}

const tooLong = { fault: `is longer than ${lineBytesMax} bytes` };

function decode(line: Buffer): { text: string } | { fault: string } {
  try {
    return { text: new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(line) };
  } catch {
    return { fault: "is not UTF-8" };
  }
}
