/**
 * Owns the attachments that messages of this conversation carry, and who may see one. A send takes them from among the uploads; when the message is unsent or erased
 * they are forgotten, and their bytes are deleted. For those who write messages:
 * 1. `attachmentsOf(ids, senderId)`: the attachments in this order, or why they cannot be sent. It changes nothing.
 * 2. `markSent(tx, ids, message)`: in the transaction that appends the message. From then on they belong to it.
 * 3. `forget(tx, ids)`, or `forgetBy` of a stretch: in the transaction that erases it. From then on nobody sees them, and an alarm deletes the bytes until R2 has said that they are gone.
 * The message keeps a copy of what it carries, so no read of messages comes here.
 */
import { visibleFrom } from "../../../core/visibility.ts";
import { mediaBounds } from "../../../schema/bounds/media.ts";
import { done, notFound, type Outcome, type Refusal, refuse } from "../../../schema/errors.ts";
import type { AttachmentId, ConversationId, Seq, TimeMs, UserId } from "../../../schema/ids.ts";
import type { Attachment } from "../../../schema/wire/attachment.ts";
import type { Media } from "../../contract/uploads.ts";
import { now } from "../../shared/platform/clock.ts";
import type { Database, Transactor } from "../../shared/platform/database.ts";
import type { MediaGone } from "../../shared/uploads/media-gone.ts";
import { shownAs } from "../../shared/uploads/upload-rules.ts";
import { isObjectOf, mediaKey, nameOf } from "../../shared/uploads/upload-ids.ts";
import {
  attachmentOf,
  deleteUpload,
  putUpload,
  readUpload,
  uploadWithPreview,
} from "../../shared/uploads/upload-rows.ts";
import type { Store } from "../store.ts";

type SentRow = {
  id: string;
  by_id: string;
  seq: number;
  attachment: string;
  object: string;
  preview: string | null;
  is_withheld: number;
};

export class Attachments {
  readonly #db: Database;
  readonly #store: Store;
  readonly #gone: MediaGone;

  constructor(parts: { db: Database; store: Store; gone: MediaGone }) {
    this.#db = parts.db;
    this.#store = parts.store;
    this.#gone = parts.gone;
  }

  /** What a message of this sender would carry, in this order; or a refusal, where one is not theirs, not completed, sent already, or withheld. */
  attachmentsOf(ids: readonly AttachmentId[], senderId: UserId): Outcome<Attachment[]> {
    const found: Attachment[] = [];
    for (const [at, id] of ids.entries()) {
      const row = readUpload(this.#db, nameOf(id));
      const isFit = row?.by === senderId && row.attachment?.id === id && !row.isWithheld && row.expiresAt > now();
      if (!isFit || row.attachment === null) return { ok: false, refusal: unfit(at) };
      found.push(row.attachment);
    }
    return done(found);
  }

  /** They belong to this message from now on. `attachmentsOf` has judged them in the same transaction. */
  markSent(tx: Transactor, ids: readonly AttachmentId[], message: { seq: Seq; sentAt: TimeMs }): void {
    for (const [place, id] of ids.entries()) {
      const row = readUpload(tx, nameOf(id));
      if (row === undefined || row.object === null || row.attachment === null)
        throw new Error("an attachment is not there");
      deleteUpload(tx, row);
      tx.run(
        "INSERT INTO sent_attachments (id, by_id, seq, attachment, object, preview, sent_at, place) VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
        row.name,
        row.by,
        message.seq,
        JSON.stringify(row.attachment),
        row.object,
        row.preview,
        message.sentAt,
        place,
      );
    }
  }

  /** Their message was unsent or erased. What was forgotten before is left alone. */
  forget(tx: Transactor, ids: readonly AttachmentId[]): void {
    for (const id of ids) this.#forget(tx, this.#sent(nameOf(id)));
  }

  /** All that this user has sent with messages `from` to `to`, also with such as nobody can read any more. */
  forgetBy(tx: Transactor, userId: UserId, from: Seq, to: Seq): void {
    const rows = tx.all<SentRow>(
      "SELECT * FROM sent_attachments WHERE seq BETWEEN ? AND ? AND by_id = ?",
      from,
      to,
      userId,
    );
    for (const row of rows) this.#forget(tx, row);
  }

  #forget(tx: Transactor, row: SentRow | undefined): void {
    const { state } = this.#store;
    if (row === undefined || state === undefined) return;
    tx.run("DELETE FROM sent_attachments WHERE id = ?", row.id);
    for (const object of [row.object, row.preview])
      if (object !== null) this.#gone.drop(tx, mediaKey(state.facts.id, object));
  }

  /**
   * The attachment, for one who may see a message with it; before the send for its uploader. The same answer for what is not there. `isOwn`: what this user has
   * sent themself is theirs to see also after they left.
   */
  see(by: UserId, id: AttachmentId, isOwn = false): Outcome<Media> {
    const { state } = this.#store;
    const member = this.#store.member(by);
    if (state === undefined) return notFound;
    const row = this.#sent(nameOf(id));
    if (row !== undefined) {
      const isTheirs = isOwn && row.by_id === by;
      const isVisible = isTheirs || (member !== undefined && row.seq > visibleFrom(state, member).after);
      if (!isVisible || row.is_withheld === 1) return notFound;
      const { object, preview, seq } = row;
      return done(mediaOf(state.facts.id, { attachment: attachmentOf(row.attachment), object, preview }, seq));
    }
    const upload = member === undefined ? undefined : readUpload(this.#db, nameOf(id));
    if (upload?.by !== by || upload.isWithheld || upload.expiresAt <= now()) return notFound;
    const { attachment, object, preview } = upload;
    if (attachment === null || object === null) return notFound;
    return done(mediaOf(state.facts.id, { attachment, object, preview }, null));
  }

  /** The attachment of a message, if this user has sent it. */
  sentBy(by: UserId, name: string): Attachment | undefined {
    const row = this.#sent(name);
    return row?.by_id === by ? attachmentOf(row.attachment) : undefined;
  }

  /** The message that carries it, or of whose attachment it is the preview. */
  seqOf(id: AttachmentId): Seq | undefined {
    return (this.#sent(nameOf(id)) ?? this.#sentWithPreview(nameOf(id)))?.seq;
  }

  /**
   * Nobody may see it from now on, or may again. What is a preview by now stands for the whole attachment. Answers the message that carries it, the name of what was
   * withheld, and whether that is news.
   */
  withhold(
    tx: Transactor,
    id: AttachmentId,
    isOn: boolean,
  ): Outcome<{ sent: Seq | null; name: string; isNews: boolean }> {
    const name = nameOf(id);
    const sent = this.#sent(name) ?? this.#sentWithPreview(name);
    if (sent !== undefined) {
      const attachment = JSON.stringify(shownAs(attachmentOf(sent.attachment), isOn));
      tx.run(
        "UPDATE sent_attachments SET is_withheld = ?, attachment = ? WHERE id = ?",
        Number(isOn),
        attachment,
        sent.id,
      );
      return done({ sent: sent.seq, name: sent.id, isNews: (sent.is_withheld === 1) !== isOn });
    }
    // One that is being completed is withheld once it is.
    const upload = readUpload(tx, name) ?? uploadWithPreview(tx, name);
    if (upload === undefined) return notFound;
    const { attachment } = upload;
    putUpload(tx, {
      ...upload,
      isWithheld: isOn,
      attachment: attachment === null ? null : shownAs(attachment, isOn),
    });
    return done({ sent: null, name: upload.name, isNews: upload.isWithheld !== isOn });
  }

  /** The newest ones are looked at, because a scanner answers soon. */
  #sentWithPreview(name: string): SentRow | undefined {
    let looked = 0;
    let found: SentRow | undefined;
    this.#db.each<SentRow>("SELECT * FROM sent_attachments ORDER BY seq DESC, place DESC", [], (row) => {
      if (isObjectOf(name, row.preview)) found = row;
      return found === undefined && ++looked < mediaBounds.previewsScanned;
    });
    return found;
  }

  #sent(name: string): SentRow | undefined {
    return this.#db.first<SentRow>("SELECT * FROM sent_attachments WHERE id = ?", name);
  }
}

function mediaOf(
  id: ConversationId,
  { attachment, object, preview }: { attachment: Attachment; object: string; preview: string | null },
  sent: Seq | null,
): Media {
  return {
    attachment,
    key: mediaKey(id, object),
    previewKey: preview === null ? null : mediaKey(id, preview),
    sent,
  };
}

function unfit(at: number): Refusal {
  const detail = `attachments.${at}: must be a completed upload of yours in this conversation that is not sent yet`;
  return refuse("bad_request", detail).refusal;
}
