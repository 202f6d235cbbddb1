/** Owns which part of an object answers which call about uploads. */
import { done, notFound, type Outcome } from "../../../schema/errors.ts";
import type { AttachmentId, ConversationId, UserId } from "../../../schema/ids.ts";
import type { AvatarPlace, Media, UploadAnswer, UploadAsk, UploadBy, Withheld } from "../../contract/uploads.ts";
import type { Copying } from "./copying.ts";
import type { Uploads } from "./uploads.ts";

export type UploadParts = {
  uploads: Uploads;
  copying: Copying;
  /** `isOwn`: also what they have sent before they left. `shownBy`: the group whose picture is about to be made of it. */
  see: (
    by: UserId,
    id: AttachmentId,
    how: { isOwn?: boolean | undefined; shownBy?: ConversationId | undefined },
  ) => Outcome<Media>;
  withhold: (id: AttachmentId, isOn: boolean) => Promise<Outcome<Withheld>>;
  /** In a conversation's object: the picture that was made of this upload is withheld. */
  hidePicture?: (from: AttachmentId) => Outcome<null>;
  avatar: (by: UserId, from: AttachmentId, key: string) => Outcome<AvatarPlace>;
  /** In a user's object. */
  quota?: {
    charge: (bytes: number) => Outcome<{ day: number }>;
    refund: (bytes: number, day: number) => Outcome<null>;
  };
};

export async function answerUpload(parts: UploadParts, by: UploadBy, ask: UploadAsk): Promise<Outcome<UploadAnswer>> {
  const { uploads, copying } = parts;
  if (ask.do === "withhold") return by === null ? await parts.withhold(ask.id, ask.isOn) : notFound;
  if (ask.do === "hide picture") return by === null ? (parts.hidePicture?.(ask.from) ?? notFound) : notFound;
  if (by === null) return notFound;
  switch (ask.do) {
    case "charge":
      return parts.quota?.charge(ask.bytes) ?? notFound;
    case "refund":
      return parts.quota?.refund(ask.bytes, ask.day) ?? notFound;
    case "avatar":
      return parts.avatar(by, ask.from, ask.key);
    case "begin":
      return await uploads.begin(by, ask.id, ask.draft, ask.day);
    case "part":
      return uploads.part(by, ask.id, ask.n, ask.bytes);
    case "stored":
      return uploads.stored(by, ask.id, ask.n, ask.key, ask.etag);
    case "state":
      return uploads.state(by, ask.id);
    case "remove":
      return uploads.remove(by, ask.id);
    case "complete":
      return uploads.complete(by, ask.id, ask.said);
    case "join":
      return await uploads.join(by, ask.id, ask.said);
    case "completed":
      return uploads.completed(by, ask.id, ask.key, ask.said, ask.found);
    case "failed":
      return uploads.failed(by, ask.id, ask.key, ask.why);
    case "copy":
      return copying.copy(by, ask.id, ask.of);
    case "copied":
      return copying.copied(by, ask.id, ask.keys, ask.of);
    case "see":
      return parts.see(by, ask.id, { shownBy: ask.shownBy });
    case "see all":
      return done(ask.ids.map((id) => seenOrNull(parts.see(by, id, { isOwn: ask.isOwn }))));
  }
}

function seenOrNull(seen: Outcome<Media>): Media | null {
  return seen.ok ? seen.value : null;
}
