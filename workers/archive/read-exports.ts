/** Owns pages of exports that reach into the archive: a segment makes one or some pages, with the notices between its messages. */
import { Buffer } from "node:buffer";
import type { Cleared } from "../../core/marks/hidden.ts";
import { shownTo } from "../../core/reads/counted-reactions.ts";
import { type ExportLines, gatherLines, mergedLines, messageLine, ownLines } from "../../core/reads/export-lines.ts";
import type { ExportAcross, ExportPage, ExportPlace, OwnAcross } from "../../objects/contract/transfer/exporting.ts";
import { ask, call, conversationStub } from "../../objects/shared/platform/calls.ts";
import type { Env } from "../../objects/shared/platform/env.ts";
import { done, type Outcome } from "../../schema/errors.ts";
import type { ConversationId, Seq, UserId } from "../../schema/ids.ts";
import { read, type Segments } from "./reads.ts";

export function readExport(
  env: Env,
  id: ConversationId,
  viewer: UserId,
  place: ExportPlace | null,
  after?: Cleared,
): Promise<Outcome<ExportPage<ExportPlace>>> {
  const page = () => ask("conversation.export", () => conversationStub(env, id).export(viewer, place, after));
  return read<ExportPage<ExportPlace>, ExportAcross>(env, page, pageFrom);
}

export function readOwnWords(
  env: Env,
  id: ConversationId,
  userId: UserId,
  after: Seq,
): Promise<Outcome<ExportPage<Seq>>> {
  const page = () => call("conversation.ownWords", () => conversationStub(env, id).ownWords(userId, after));
  return read<ExportPage<Seq>, OwnAcross>(env, page, ownFrom);
}

function pageFrom(across: ExportAcross, segments: Segments): Outcome<ExportPage<ExportPlace>> {
  const { conversationId, place, segment, lastRev, notices } = across;
  const local = new Map(across.local.map((line) => [line.seq, line]));
  const last = Math.min(segment.last, place.head.seq);
  const gathered = gatherLines(
    (take) => {
      for (let seq = place.seq + 1; seq <= last; seq++) {
        const row = local.has(seq) ? undefined : segments.row(seq);
        const line = local.get(seq) ?? (row === undefined ? undefined : messageLine(conversationId, row));
        if (line !== undefined && !take(line)) return;
      }
    },
    (text) => Buffer.byteLength(text),
  );
  // This answer has nothing behind the segment's last message.
  const messages: ExportLines = { ...gathered, knownUpTo: Math.min(gathered.knownUpTo, lastRev) };
  const { lines, knownUpTo } = mergedLines(messages, notices);
  const isWhole = knownUpTo === lastRev;
  const end = lines.at(-1);
  const next = isWhole || end === undefined ? { seq: last, rev: lastRev } : { seq: end.seq, rev: end.rev };
  const texts = lines.map(({ text }) => `${text}\n`);
  // Messages that cannot be read are listed as missing, after those that could be read.
  if (isWhole && !segments.isWhole)
    texts.push(`${JSON.stringify({ type: "missing", from: place.seq + 1, to: last })}\n`);
  return done({ lines: texts.join(""), next: { ...next, head: place.head } });
}

function ownFrom(across: OwnAcross, segments: Segments): Outcome<ExportPage<Seq>> {
  const { conversationId, userId, after, segment } = across;
  const local = new Map(across.local.map(({ seq, text }) => [seq, text]));
  const lines: string[] = [];
  const shown = shownTo(across.reactions);
  for (let seq = after + 1; seq <= segment.last; seq++) {
    const row = local.has(seq) ? undefined : segments.row(seq);
    lines.push(local.get(seq) ?? (row === undefined ? "" : ownLines(conversationId, userId, shown(row))));
  }
  if (!segments.isWhole)
    lines.push(`${JSON.stringify({ type: "missing", conversationId, from: after + 1, to: segment.last })}\n`);
  return done({ lines: lines.join(""), next: segment.last });
}
