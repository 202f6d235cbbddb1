/**
 * Owns what becomes of uploads in one object: begun, received in parts, completed, given up, over. It decides and remembers; the gateway moves the bytes and
 * reports (workers/media). Every step may be repeated or lost. Refusals are values, and everything written is one transaction.
 */
import { done, notFound, type Outcome, refuse } from "../../../schema/errors.ts";
import { uploadBounds, uploadLimits } from "../../../schema/bounds/uploads.ts";
import type { BegunUpload, UploadState } from "../../../schema/http/uploads.ts";
import type { AttachmentId, UserId } from "../../../schema/ids.ts";
import type { Attachment } from "../../../schema/wire/attachment.ts";
import type { Completion, FileDraft, Found, PartPlace, Said } from "../../contract/uploads.ts";
import { reachNow } from "../archive/fault-points.ts";
import type { Alarms } from "../platform/alarms.ts";
import { now } from "../platform/clock.ts";
import type { Database, Transactor } from "../platform/database.ts";
import type { Env } from "../platform/env.ts";
import { cost } from "../platform/meter.ts";
import { Completions } from "./completions.ts";
import { type MediaGone, uploadAlarm } from "./media-gone.ts";
import { chargeDay, refundDay } from "./upload-days.ts";
import { PartGrants } from "./part-grants.ts";
import { freshObject, mediaKey, nameOf, type UploadOwner } from "./upload-ids.ts";
import {
  allParts,
  attachmentFrom,
  beginFault,
  begun,
  previewFault,
  shownAs,
  type UploadRules,
} from "./upload-rules.ts";
import * as rows from "./upload-rows.ts";
import type { UploadRow } from "./upload-rows.ts";

type Parts = { env: Pick<Env, "MEDIA">; db: Database; alarms: Alarms; gone: MediaGone; rules: UploadRules };

const completed = refuse("conflict", "the upload is completed");
const isSent = refuse("conflict", "the attachment is in a message");
const tooLate = refuse("conflict", "the part took too long, or the upload is over");

export class Uploads {
  readonly #parts: Parts;
  readonly #completions = new Completions();
  readonly #grants = new PartGrants();

  constructor(parts: Parts) {
    this.#parts = parts;
  }

  async begin(by: UserId, id: AttachmentId, draft: FileDraft, day: number): Promise<Outcome<BegunUpload>> {
    const { env, db, gone, rules } = this.#parts;
    const refusal = beginFault(this.#parts, by);
    const owner = rules.owner();
    if (refusal !== undefined || owner === undefined) return refusal === undefined ? notFound : { ok: false, refusal };
    const name = nameOf(id);
    const earlier = rows.readUpload(db, name);
    if (earlier !== undefined) return earlier.by === by ? done(begun(id, earlier)) : notFound;
    const object = freshObject(name);
    const isWhole = rows.partsOf(draft.bytes) === 1;
    if (!isWhole) cost.bucketWrites++;
    const key = mediaKey(owner, object);
    const multipart = isWhole ? null : (await env.MEDIA.createMultipartUpload(key)).uploadId;
    return db.transact((tx) => {
      // The same call may have come twice, because its answer was lost: the first that is noted counts.
      const other = rows.readUpload(tx, name);
      if (other !== undefined) {
        if (multipart !== null) gone.drop(tx, key, multipart);
        return other.by === by ? done(begun(id, other)) : notFound;
      }
      // The upload in R2 took its time, and meanwhile others may have begun.
      const charged = this.#charge(tx, by, draft.bytes);
      if (!charged.ok) {
        if (multipart !== null) gone.drop(tx, key, multipart);
        return charged;
      }
      const row: UploadRow = {
        name,
        by,
        expiresAt: now() + uploadBounds.incompleteMs,
        day,
        draft,
        multipart,
        object: isWhole ? null : object,
        attachment: null,
        preview: null,
        isWithheld: false,
      };
      rows.putUpload(tx, row);
      gone.arm(tx, row.expiresAt);
      if (!isWhole) this.#grants.begin(name);
      return done(begun(id, row));
    });
  }

  /** Where the gateway is to put this part. The only part gets a new place each time, so that what arrives late changes nothing that is completed. */
  part(by: UserId, id: AttachmentId, n: number, bytes: number): Outcome<PartPlace> {
    const { db, gone } = this.#parts;
    const found = this.#own(by, id);
    if (!found.ok) return found;
    const { row, owner } = found.value;
    if (row.attachment !== null || this.#completions.isRunning(row.name)) return completed;
    const expected = rows.partLength(row.draft.bytes, n);
    if (expected === undefined) return refuse("bad_request", "n: the upload has no such part");
    if (bytes !== expected) return refuse("bad_request", `content-length: this part has ${expected} bytes`);
    if (row.object !== null && row.multipart !== null) {
      const grant = this.#grants.grant(row.name, n);
      return done({ key: mediaKey(owner, row.object), multipart: row.multipart, sha256: null, grant });
    }
    const key = mediaKey(owner, freshObject(row.name));
    db.transact((tx) => gone.awaitPut(tx, key, uploadBounds.unreportedMs));
    return done({ key, multipart: null, sha256: row.draft.sha256 });
  }

  /** The part is in R2. */
  stored(by: UserId, id: AttachmentId, n: number, key: string, etag: string | null): Outcome<null> {
    const { db, gone } = this.#parts;
    return db.transact((tx) => {
      const found = this.#own(by, id);
      if (!found.ok) return found;
      const { row, owner } = found.value;
      // A repeat, because the answer was lost: a refusal would let the gateway delete what the row names, even after it was completed.
      if (row.multipart === null && row.object !== null && key === mediaKey(owner, row.object)) return done(null);
      if (row.attachment !== null || this.#completions.isRunning(row.name)) return completed;
      if (row.multipart !== null) {
        if (row.object === null || etag === null || key !== mediaKey(owner, row.object)) return tooLate;
        rows.putPart(tx, row.name, n, etag);
        return done(null);
      }
      if (!gone.keep(tx, key)) return tooLate;
      if (row.object !== null) gone.drop(tx, mediaKey(owner, row.object));
      rows.putUpload(tx, { ...row, object: key.slice(mediaKey(owner, "").length) });
      reachNow("uploads: a part is noted");
      return done(null);
    });
  }

  state(by: UserId, id: AttachmentId): Outcome<UploadState> {
    const found = this.#own(by, id);
    const sent = found.ok ? undefined : this.#sentBy(by, id);
    if (!found.ok && sent === undefined) return found;
    const bytes = found.ok ? found.value.row.draft.bytes : (sent?.bytes ?? 0);
    const parts = rows.partsOf(bytes);
    return done({
      received: found.ok ? this.#received(found.value.row) : allParts(parts),
      parts,
      partBytes: uploadLimits.partBytes,
    });
  }

  remove(by: UserId, id: AttachmentId): Outcome<{ bytes: number; day: number }> {
    return this.#parts.db.transact((tx) => {
      const found = this.#own(by, id);
      if (!found.ok) return this.#sentBy(by, id) === undefined ? found : isSent;
      const { row } = found.value;
      this.drop(tx, row);
      const bytes = row.attachment === null ? row.draft.bytes : 0;
      if (this.#parts.rules.bytesPerDayMax !== null) refundDay(tx, bytes, row.day);
      return done({ bytes, day: row.day });
    });
  }

  complete(by: UserId, id: AttachmentId, said: Said): Outcome<Completion> {
    const found = this.#own(by, id);
    const attachment = found.ok ? found.value.row.attachment : this.#sentBy(by, id);
    if (attachment !== null && attachment !== undefined) return done({ do: "done", attachment });
    if (!found.ok) return found;
    const { row, owner } = found.value;
    const refusal = this.#parts.rules.writeFault(by) ?? previewFault(this.#parts.db, row, said.preview);
    if (refusal !== undefined) return { ok: false, refusal };
    const missing = rows.partsOf(row.draft.bytes) - this.#received(row).length;
    if (missing > 0 || row.object === null) return refuse("conflict", "some parts have not arrived");
    if (this.#completions.isRunning(row.name)) return done({ do: "wait" });
    this.#completions.begin(row.name);
    const parts = row.multipart === null ? [] : rows.receivedParts(this.#parts.db, row.name);
    const grants = this.#grants.of(row.name);
    const work = { key: mediaKey(owner, row.object), multipart: row.multipart, parts, grants, draft: row.draft };
    return done({ do: "work", work });
  }

  /** Another call completes the upload: waits a while for it, and looks afresh. */
  async join(by: UserId, id: AttachmentId, said: Said): Promise<Outcome<Completion>> {
    const found = this.#own(by, id);
    if (found.ok) await this.#completions.wait(found.value.row.name);
    return this.complete(by, id, said);
  }

  /** The gateway has made one object of the parts, and read it. */
  completed(by: UserId, id: AttachmentId, key: string, said: Said, found: Found): Outcome<Attachment> {
    return this.#ending(id, (tx) => {
      const own = this.#own(by, id);
      if (!own.ok) return own;
      const { row, owner } = own.value;
      if (row.attachment !== null) return done(row.attachment);
      if (row.object === null || key !== mediaKey(owner, row.object))
        return refuse("conflict", "a part was replaced meanwhile; complete it again");
      const refusal = previewFault(this.#parts.db, row, said.preview);
      if (refusal !== undefined) return { ok: false as const, refusal };
      const preview = said.preview === null ? undefined : rows.readUpload(tx, nameOf(said.preview));
      if (preview !== undefined) rows.deleteUpload(tx, preview);
      const made = attachmentFrom(id, row.draft, said, found);
      const previewType = preview?.attachment?.type;
      // The operator's word may have come before this report, and for the preview a moment ago.
      const attachment = shownAs(previewType === undefined ? made : { ...made, previewType }, row.isWithheld);
      const expiresAt = now() + uploadBounds.unsentMs;
      rows.forgetParts(tx, row);
      this.#grants.forget(row.name);
      rows.putUpload(tx, { ...row, multipart: null, expiresAt, attachment, preview: preview?.object ?? null });
      reachNow("uploads: completed");
      return done(attachment);
    });
  }

  failed(by: UserId, id: AttachmentId, key: string, why: "parts" | "bytes" | "again"): Outcome<null> {
    return this.#ending(id, (tx) => {
      const own = this.#own(by, id);
      if (!own.ok) return own;
      const { row, owner } = own.value;
      if (row.attachment !== null || row.object === null || key !== mediaKey(owner, row.object)) return done(null);
      if (why === "bytes") this.drop(tx, row);
      else if (why === "parts" && row.multipart === null) rows.putUpload(tx, { ...row, object: null });
      else if (why === "parts") rows.forgetParts(tx, row);
      return done(null);
    });
  }

  /** The upload ends, and its bytes with it. */
  drop(tx: Transactor, row: UploadRow): void {
    const { gone, rules } = this.#parts;
    const owner = rules.owner();
    rows.deleteUpload(tx, row);
    this.#grants.forget(row.name);
    if (owner === undefined) return;
    if (row.object !== null) gone.drop(tx, mediaKey(owner, row.object), row.multipart);
    if (row.preview !== null) gone.drop(tx, mediaKey(owner, row.preview));
  }

  /** All uploads of a user who has erased their account. */
  dropAllOf(tx: Transactor, by: UserId): void {
    for (const row of rows.uploadsBy(tx, by)) this.drop(tx, row);
  }

  /** The alarm: what is over ends, and what is to be deleted is deleted. */
  async rung(): Promise<void> {
    const { db, alarms, gone } = this.#parts;
    db.transact((tx) => {
      for (const row of rows.uploadsOver(tx, now(), uploadBounds.deletedPerCallMax)) this.drop(tx, row);
    });
    await gone.collect();
    db.transact((tx) => {
      const next = Math.min(rows.nextExpiry(tx) ?? Infinity, gone.next() ?? Infinity);
      if (next === Infinity) alarms.clear(tx, uploadAlarm);
      else alarms.set(tx, uploadAlarm, next);
    });
  }

  /** The end of a completion, however it comes out: whoever waits for it looks afresh. */
  #ending<T>(id: AttachmentId, work: (tx: Transactor) => Outcome<T>): Outcome<T> {
    try {
      return this.#parts.db.transact((tx): Outcome<T> => work(tx));
    } finally {
      this.#completions.end(nameOf(id));
    }
  }

  #sentBy(by: UserId, id: AttachmentId): Attachment | undefined {
    return this.#parts.rules.seeFault(by) === undefined ? this.#parts.rules.sentBy(by, nameOf(id)) : undefined;
  }

  /** The upload, if it is this user's; the same answer for others' and for none. */
  #own(by: UserId, id: AttachmentId): Outcome<{ row: UploadRow; owner: UploadOwner }> {
    const { rules } = this.#parts;
    const owner = rules.owner();
    const refusal = rules.seeFault(by);
    if (owner === undefined || refusal !== undefined) return notFound;
    const row = rows.readUpload(this.#parts.db, nameOf(id));
    return row === undefined || row.by !== by || row.expiresAt <= now() ? notFound : done({ row, owner });
  }

  #charge(tx: Transactor, by: UserId, bytes: number): Outcome<null> {
    const refusal = beginFault(this.#parts, by);
    if (refusal !== undefined) return { ok: false, refusal };
    const { bytesPerDayMax } = this.#parts.rules;
    const charged = bytesPerDayMax === null ? undefined : chargeDay(tx, bytes, bytesPerDayMax);
    return charged !== undefined && "refusal" in charged ? { ok: false, refusal: charged.refusal } : done(null);
  }

  #received(row: UploadRow): number[] {
    const parts = rows.partsOf(row.draft.bytes);
    if (row.attachment !== null) return allParts(parts);
    if (row.multipart === null) return row.object === null ? [] : allParts(parts);
    return rows.receivedParts(this.#parts.db, row.name).map(({ partNumber }) => partNumber);
  }
}
