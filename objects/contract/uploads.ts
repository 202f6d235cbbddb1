/**
 * Owns what the gateway and an object say to each other about uploads. A conversation's object holds the uploads that are sent in it, a user's object those of
 * pictures of the user. The object decides and remembers; the gateway moves the bytes between the client and R2, and reports.
 */
import type { BegunUpload, UploadState } from "../../schema/http/uploads.ts";
import type { AttachmentId, ConversationId, Seq, UserId } from "../../schema/ids.ts";
import type { Attachment, AttachmentKind } from "../../schema/wire/attachment.ts";

export type FileDraft = {
  name: string;
  /** The media type that the client said. */
  type: string;
  bytes: number;
  sha256: string | null;
};

/** What the uploader says of the file with `complete`. */
export type Said = Pick<Attachment, "width" | "height" | "durationMs" | "thumbhash" | "waveform"> & {
  preview: AttachmentId | null;
  /** Absent where a gateway of an earlier version asks. */
  alt?: string | null;
};

/**
 * Where the gateway puts a part. `multipart` null: the only part, put as an object of its own; then R2 compares it with `sha256`. `grant`: a name for this put, where the
 * object knows that no other put of this part was ever allowed; null where it does not. Absent where an object of an earlier version answers.
 */
export type PartPlace = { key: string; multipart: string | null; sha256: string | null; grant?: string | null };

/**
 * The bytes of an upload as they are when it is completed. The gateway makes them one object, hashes them and looks at them. `grants`: of each part that was put once in
 * its life, by number, what `part` gave; null for each other.
 */
export type CompletionWork = {
  key: string;
  multipart: string | null;
  parts: { partNumber: number; etag: string }[];
  grants?: (string | null)[];
  draft: FileDraft;
};

/** What the gateway found in the bytes. */
export type Found = { type: string; kind: AttachmentKind; sha256: string };

/** An attachment, for one who may see it: the names of its objects in R2. `sent` null: it was not sent yet. */
export type Media = { attachment: Attachment; key: string; previewKey: string | null; sent: Seq | null };

/** Where the gateway puts a picture for all to see; `same`: it is shown already, and was made of the same upload. */
export type AvatarPlace = { do: "put"; key: string } | { do: "same" };

/** A call about an upload. `id`: the whole id, which the gateway has judged to be one of this object. */
export type UploadAsk =
  /** To the object of the user who begins an upload, wherever: counts its bytes on today's quota. */
  | { do: "charge"; bytes: number }
  /** Gives them back, if it is still that day. */
  | { do: "refund"; bytes: number; day: number }
  /** A picture of this user or group is about to be made of an upload. It is deleted if no patch names it soon. */
  | { do: "avatar"; from: AttachmentId; key: string }
  /** `day`: the day on whose quota the bytes stand. */
  | { do: "begin"; id: AttachmentId; draft: FileDraft; day: number }
  /** `bytes`: the declared length of the part. */
  | { do: "part"; id: AttachmentId; n: number; bytes: number }
  /** The part is in R2. `etag`: of a part of a multipart upload. */
  | { do: "stored"; id: AttachmentId; n: number; key: string; etag: string | null }
  | { do: "state"; id: AttachmentId }
  | { do: "remove"; id: AttachmentId }
  | { do: "complete"; id: AttachmentId; said: Said }
  /** Waits a little until another call's completion is done. */
  | { do: "join"; id: AttachmentId; said: Said }
  | { do: "completed"; id: AttachmentId; key: string; said: Said; found: Found }
  /**
   * It cannot be completed. `parts`: R2 does not have them as they were reported, so they are to be sent again. `bytes`: they are not what was declared, and the
   * upload is gone. `again`: nothing is known, and the next try may do it.
   */
  | { do: "failed"; id: AttachmentId; key: string; why: "parts" | "bytes" | "again" }
  /** A copy of an attachment from another conversation is about to be put. */
  | { do: "copy"; id: AttachmentId; of: Attachment }
  | { do: "copied"; id: AttachmentId; keys: CopyKeys; of: Attachment }
  /** An attachment that this user may see. `shownBy`: a group whose picture is about to be made of it. */
  | { do: "see"; id: AttachmentId; shownBy?: ConversationId }
  /** The same of many. `isOwn`: what the user has sent themself, also after they left: for the export of their own data. */
  | { do: "see all"; ids: AttachmentId[]; isOwn?: boolean }
  /** Operator: nobody may see it any more, or again. */
  | { do: "withhold"; id: AttachmentId; isOn: boolean }
  /** Operator, to a group: the picture that was made of this upload is deleted. */
  | { do: "hide picture"; from: AttachmentId };

export type CopyKeys = { key: string; previewKey: string | null };

export type UploadAnswers = {
  charge: { day: number };
  refund: null;
  avatar: AvatarPlace;
  begin: BegunUpload;
  part: PartPlace;
  stored: null;
  state: UploadState;
  /** What is given back to the quota: the bytes of an upload that was not completed, and the day on whose quota they stand. */
  remove: { bytes: number; day: number };
  complete: Completion;
  join: Completion;
  completed: Attachment;
  failed: null;
  copy: CopyKeys;
  copied: Attachment;
  see: Media;
  /** In the order asked; null for each that is not there, or that this user may not see. */
  "see all": (Media | null)[];
  withhold: Withheld;
  "hide picture": null;
};

/** `sent`: the message that carries it. `groups`: those that show a picture made of it, or were about to. */
export type Withheld = { sent: Seq | null; groups: ConversationId[] };

export type Completion =
  | { do: "done"; attachment: Attachment }
  /** Another call is completing it: `join`. */
  | { do: "wait" }
  | { do: "work"; work: CompletionWork };

export type UploadAnswer = UploadAnswers[keyof UploadAnswers];

/** A picture of a user or group, as the object that shows it keeps it. `url`: as others see it. `from`: the upload of which it was made. */
export type Avatar = { url: string; key: string; from: AttachmentId };

/** By whom a call is made; null for the operator. */
export type UploadBy = UserId | null;
