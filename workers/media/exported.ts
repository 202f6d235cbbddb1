/** Owns the addresses of attachments in the lines of exports. The lines come from an object or from segments, and neither knows where the bytes lie. */
import type { Env } from "../../objects/shared/platform/env.ts";
import { done, type Outcome } from "../../schema/errors.ts";
import type { ConversationId, UserId } from "../../schema/ids.ts";
import type { Attachment } from "../../schema/wire/attachment.ts";
import { exportedAddressOf, signedOf } from "./address.ts";
import { seenOf } from "./seen.ts";

/** Only a line that has some holds this. Within a text the quotes would be escaped. */
const mark = '"attachments":[{';

type Line = { type?: unknown; attachments?: Attachment[] };

/** A page of lines in which each attachment of a message has a `url`; null where its bytes are out of reach by now. `isOwn`: what the reader has sent is theirs also after they left. */
export async function withAddresses<Page extends { lines: string }>(
  env: Env,
  request: Request,
  { id, viewer, isOwn }: { id: ConversationId; viewer: UserId; isOwn: boolean },
  page: Outcome<Page>,
): Promise<Outcome<Page>> {
  if (!page.ok || !page.value.lines.includes(mark)) return page;
  const lines = page.value.lines.split("\n");
  const read = lines.map((line): Line => (line.includes(mark) ? (JSON.parse(line) as Line) : {}));
  const attachments = read.flatMap((line) => (line.type === "message" ? (line.attachments ?? []) : []));
  const ids = attachments.map((attachment) => attachment.id);
  const asked = await seenOf(env, id, viewer, ids, isOwn);
  if (!asked.ok) return asked;
  const media = new Map(asked.value.map((each) => [each.attachment.id, each]));
  const addressed = read.map((line, at) => {
    if (line.type !== "message" || line.attachments === undefined) return lines[at] ?? "";
    const withUrls = line.attachments.map((attachment) => {
      const signed = signedOf(media.get(attachment.id), "original");
      return { ...attachment, url: signed === undefined ? null : exportedAddressOf(env, request, signed).url };
    });
    return JSON.stringify({ ...line, attachments: withUrls });
  });
  return done({ ...page.value, lines: addressed.join("\n") });
}
