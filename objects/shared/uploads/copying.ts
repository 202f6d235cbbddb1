/** Owns forwarding: a copy of an attachment from another conversation, which the gateway puts and reports. Its uploader declares no bytes for it. */
import { done, notFound, type Outcome, refuse } from "../../../schema/errors.ts";
import { uploadBounds } from "../../../schema/bounds/uploads.ts";
import type { AttachmentId, UserId } from "../../../schema/ids.ts";
import type { Attachment } from "../../../schema/wire/attachment.ts";
import type { CopyKeys } from "../../contract/uploads.ts";
import { now } from "../platform/clock.ts";
import type { Database } from "../platform/database.ts";
import type { MediaGone } from "./media-gone.ts";
import { freshObject, mediaKey, nameOf } from "./upload-ids.ts";
import * as rows from "./upload-rows.ts";
import type { UploadRow } from "./upload-rows.ts";
import { beginFault, type UploadRules } from "./upload-rules.ts";

const tooLate = refuse("conflict", "the copy took too long");

export class Copying {
  readonly #parts: { db: Database; gone: MediaGone; rules: UploadRules };

  constructor(parts: { db: Database; gone: MediaGone; rules: UploadRules }) {
    this.#parts = parts;
  }

  /** Where a copy of an attachment is to be put. It is deleted if that is not reported. */
  copy(by: UserId, id: AttachmentId, of: Attachment): Outcome<CopyKeys> {
    const { db, gone, rules } = this.#parts;
    const refusal = beginFault(this.#parts, by);
    const owner = rules.owner();
    if (refusal !== undefined || owner === undefined) return refusal === undefined ? notFound : { ok: false, refusal };
    const fresh = (): string => mediaKey(owner, freshObject(nameOf(id)));
    const keys: CopyKeys = { key: fresh(), previewKey: of.hasPreview ? fresh() : null };
    db.transact((tx) => {
      for (const key of [keys.key, keys.previewKey])
        if (key !== null) gone.awaitPut(tx, key, uploadBounds.unreportedMs);
    });
    return done(keys);
  }

  copied(by: UserId, id: AttachmentId, { key, previewKey }: CopyKeys, of: Attachment): Outcome<Attachment> {
    const { db, gone, rules } = this.#parts;
    const owner = rules.owner();
    if (owner === undefined) return notFound;
    return db.transact((tx) => {
      const name = nameOf(id);
      const earlier = rows.readUpload(tx, name);
      if (earlier?.attachment) return done(earlier.attachment);
      const refusal = beginFault(this.#parts, by);
      if (refusal !== undefined) return { ok: false as const, refusal };
      if (![key, previewKey].every((put) => put === null || gone.keep(tx, put))) return tooLate;
      const objectOf = (put: string): string => put.slice(mediaKey(owner, "").length);
      const attachment: Attachment = { ...of, id };
      const row: UploadRow = {
        name,
        by,
        expiresAt: now() + uploadBounds.unsentMs,
        day: 0,
        draft: { name: of.name, type: of.type, bytes: of.bytes, sha256: of.sha256 },
        multipart: null,
        object: objectOf(key),
        attachment,
        preview: previewKey === null ? null : objectOf(previewKey),
        isWithheld: false,
      };
      rows.putUpload(tx, row);
      gone.arm(tx, row.expiresAt);
      return done(attachment);
    });
  }
}
