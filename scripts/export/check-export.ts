/** Owns checking the file of an export, and the text that reports the result. */
import { createHash } from "node:crypto";
import { ExportCheck, type ExportVerdict } from "../../core/export-check.ts";
import { linesOf } from "./lines.ts";

/** `listed`: called for each line that was read, so that the bytes which it names can be fetched. */
export async function checkExport(
  file: string,
  listed: (line: string) => Promise<void> | void = () => undefined,
): Promise<ExportVerdict> {
  const check = new ExportCheck((text) => createHash("sha256").update(text).digest("hex"));
  for await (const line of linesOf(file)) {
    if ("fault" in line) check.unreadable(line.fault);
    else {
      check.take(line.text);
      await listed(line.text);
    }
    if (check.isHopeless) break;
  }
  return check.verdict();
}

/** The text for a verdict, and whether the export is whole and intact. `expected`: the hash that the last message must have, if it is known. */
export function reportOf(verdict: ExportVerdict, expected?: string): { text: string; isWell: boolean } {
  const { faults, conversationId, from, to, hash, notices, texts, attachments } = verdict;
  const lines = faults.map((fault) => `- ${fault}`);
  const count = to - from + 1;
  if (!verdict.isWhole) {
    lines.unshift("This export is NOT complete and intact:");
    return { text: `${lines.join("\n")}\n`, isWell: false };
  }
  lines.push(
    `Complete: ${count} messages (${count === 0 ? "none" : `${from} to ${to}`}) and ${notices} notices of ${conversationId ?? "a conversation"}.`,
    `The chain of hashes is unbroken. ${texts.intact} texts are as they were sent.`,
  );
  if (attachments > 0)
    lines.push(
      `${attachments} attachments are those that were sent. Their bytes are not in the file: --fetch brings and checks them.`,
    );
  if (from > 1) lines.push(`It begins at message ${from}: this member sees nothing from before they joined.`);
  if (texts.edited > 0)
    lines.push(
      `${texts.edited} texts were edited later. The chain covers them as they were first sent, so these are not checked.`,
    );
  if (texts.erased > 0)
    lines.push(
      `${texts.erased} messages were unsent or erased. Their places in the chain are there, their texts are not.`,
    );
  lines.push("Notices and reactions are no part of the chain; only their order was checked.");
  const isOther = expected !== undefined && expected.toLowerCase() !== hash;
  lines.push(
    expected === undefined
      ? `Hash of the last message: ${hash}\nCompare it with what the server or another member shows: then nobody has rewritten the whole file.`
      : isOther
        ? `The last message has the hash ${hash}, which is NOT the one that was given.`
        : "The hash of the last message is the one that was given.",
  );
  return { text: `${lines.join("\n")}\n`, isWell: !isOther };
}
