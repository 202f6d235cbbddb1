/** Owns what a program sees of attachments: the files that it sends, how far their uploads are, and the addresses of those that were received. */
import type { ListedAttachment } from "../../../schema/http/conversation/attachments.ts";
import type { AttachmentKind } from "../../../schema/wire/attachment.ts";
import type { ParleyError } from "../../errors.ts";
import type { Observable } from "../observable.ts";
import type { CallOptions, PageAsk } from "../page.ts";

/** A file to send, and what is known about it. Everything but `file` may be left out. */
export interface AttachmentFile {
  /** The bytes. In Node, `openAsBlob` of `node:fs` makes a Blob of a file without reading it into memory. */
  readonly file: Blob;
  /** Default: the name of the file, if it has one. Characters that no name may have are replaced. */
  readonly name?: string | undefined;
  /** The media type. Default: the type of the Blob. The server looks at the bytes and decides. */
  readonly type?: string | undefined;
  /** Of pictures and videos, in pixels. With them others can leave room for the picture before they have it. */
  readonly width?: number | null | undefined;
  readonly height?: number | null | undefined;
  /** Of audio and videos. */
  readonly durationMs?: number | null | undefined;
  /** A tiny picture, which is shown until the real one is there: the bytes of a thumbhash in base64. */
  readonly thumbhash?: string | null | undefined;
  /** The loudness of a voice message over its time: up to 128 numbers from 0 to 255. Audio with a waveform is a voice message. */
  readonly waveform?: readonly number[] | null | undefined;
  /** What it shows, in words, for those who do not see it: at most 1,000 characters. A blank one counts as none. */
  readonly alt?: string | null | undefined;
  /** A smaller picture in place of the whole file: of a picture, or of a video's first moment. At most 1 MiB; a larger one is left out. */
  readonly preview?: Blob | undefined;
}

/** What `send` takes as an attachment: a file, a file with what is known about it, or the id of an attachment that the user can see, which is forwarded. */
export type AttachmentSource = Blob | AttachmentFile | { readonly from: string };

export type UploadState =
  /** It waits for its turn, for the network, or until the server allows more. */
  | "waiting"
  | "uploading"
  /** `uploads.pause` was called. */
  | "paused"
  /** The server has all of it. */
  | "done"
  /** It cannot be uploaded; `error` says why. `resend` or `discard` the message. */
  | "failed";

export interface UploadProgress {
  readonly state: UploadState;
  /** How many of the attachment's `bytes` the server has, or is being sent. */
  readonly sentBytes: number;
  /** Why it failed, or why the last try failed. */
  readonly error: ParleyError | null;
}

/** An attachment of a pending message. Its fields are those of the moment when its state changed last; `progress` follows the bytes. */
export interface PendingAttachment extends UploadProgress {
  /** Names it within its message. */
  readonly key: string;
  /** Empty for a forwarded attachment until the server has answered; so are `type`, and `bytes` is 0. */
  readonly name: string;
  readonly type: string;
  /** By the type that was given; the server may decide otherwise. */
  readonly kind: AttachmentKind;
  readonly bytes: number;
  readonly width: number | null;
  readonly height: number | null;
  readonly durationMs: number | null;
  readonly thumbhash: string | null;
  readonly waveform: readonly number[] | null;
  readonly alt: string | null;
  /** The file, to be shown before it is uploaded; null while it is not loaded from storage, and for a forwarded attachment. */
  readonly blob: Blob | null;
  /** The smaller picture that was given. */
  readonly preview: Blob | null;
  /** How far the upload is. It changes several times a second at most, and changes nothing in the timeline. */
  readonly progress: Observable<UploadProgress>;
}

/** The uploads of one conversation's pending messages. `discard` cancels those of a message, `resend` tries failed ones again. */
export interface MessageUploads {
  /** Stops the uploads of a pending message, also over restarts, until `resume`. What the server has already stays there. */
  pause(clientId: string): void;
  resume(clientId: string): void;
}

/** `original`: the file as it was sent. `preview`: the smaller picture, where `hasPreview` is true. */
export type AttachmentVariant = "original" | "preview";

/** The attachments of received messages. */
export interface Attachments {
  /**
   * An address for the bytes, for example for `src` of an image. It needs no authorization and is good for at least some minutes; ask again when it is shown
   * anew. Addresses that are asked for at about the same time are one call, and known ones are none. Errors: `not_found` (erased, unsent, or not to be seen by
   * this user).
   */
  url(
    attachment: { readonly id: string } | string,
    variant?: AttachmentVariant,
    options?: CallOptions,
  ): Promise<string>;
  /** The address, if it is known and still good: then a list that is drawn again need not wait. */
  known(attachment: { readonly id: string } | string, variant?: AttachmentVariant): string | undefined;
}

export interface SharedMediaAsk extends PageAsk {
  /** Only attachments of these kinds. */
  readonly kinds?: readonly AttachmentKind[];
}

/** An attachment, and the message that has it. */
export type SharedMedia = ListedAttachment;
