/** Owns the SQL of uploads that are not sent, and of the parts that have arrived. */
import { uploadLimits } from "../../../schema/bounds/uploads.ts";
import type { TimeMs, UserId } from "../../../schema/ids.ts";
import { type Attachment, attachment } from "../../../schema/wire/attachment.ts";
import type { FileDraft } from "../../contract/uploads.ts";
import type { Reader, Transactor } from "../platform/database.ts";

export type UploadRow = {
  name: string;
  by: UserId;
  expiresAt: TimeMs;
  day: number;
  draft: FileDraft;
  /** R2's id of an upload in parts, until it is completed; null where it has one part. */
  multipart: string | null;
  /** The last part of the key of its bytes; null as long as no part of a single one has arrived. */
  object: string | null;
  /** Once it is completed. */
  attachment: Attachment | null;
  /** The last part of the key of its preview. */
  preview: string | null;
  isWithheld: boolean;
};

type Columns = {
  id: string;
  by_id: string;
  expires_at: number;
  day: number;
  name: string;
  said_type: string;
  bytes: number;
  said_sha256: string | null;
  multipart: string | null;
  object: string | null;
  attachment: string | null;
  preview: string | null;
  is_withheld: number;
};

export function partsOf(bytes: number): number {
  return Math.ceil(bytes / uploadLimits.partBytes);
}

/** How long this part has to be; undefined where the upload has no such part. */
export function partLength(bytes: number, n: number): number | undefined {
  const parts = partsOf(bytes);
  if (n < 1 || n > parts) return undefined;
  return n < parts ? uploadLimits.partBytes : bytes - (parts - 1) * uploadLimits.partBytes;
}

export function readUpload(db: Reader, name: string): UploadRow | undefined {
  const columns = db.first<Columns>("SELECT * FROM uploads WHERE id = ?", name);
  return columns === undefined ? undefined : rowOf(columns);
}

/** The upload of which this one has become the preview. An object has few uploads. */
export function uploadWithPreview(db: Reader, name: string): UploadRow | undefined {
  const columns = db.first<Columns>(
    "SELECT * FROM uploads WHERE substr(preview, 1, ?) = ?",
    name.length + 1,
    `${name}.`,
  );
  return columns === undefined ? undefined : rowOf(columns);
}

export function uploadsOver(db: Reader, at: TimeMs, limit: number): UploadRow[] {
  return db.all<Columns>("SELECT * FROM uploads WHERE expires_at <= ? LIMIT ?", at, limit).map(rowOf);
}

export function uploadsBy(db: Reader, by: UserId): UploadRow[] {
  return db.all<Columns>("SELECT * FROM uploads WHERE by_id = ?", by).map(rowOf);
}

export function nextExpiry(db: Reader): TimeMs | null {
  return db.first<{ at: number | null }>("SELECT MIN(expires_at) AS at FROM uploads")?.at ?? null;
}

/** How many are open: of this user, and of all. */
export function countOpen(db: Reader, by: UserId): { own: number; all: number } {
  const row = db.first<{ own: number; all_of_them: number }>(
    "SELECT COUNT(*) FILTER (WHERE by_id = ?) AS own, COUNT(*) AS all_of_them FROM uploads",
    by,
  );
  return { own: row?.own ?? 0, all: row?.all_of_them ?? 0 };
}

export function putUpload(tx: Transactor, row: UploadRow): void {
  tx.run(
    `INSERT OR REPLACE INTO uploads
       (id, by_id, expires_at, day, name, said_type, bytes, said_sha256, multipart, object, attachment, preview, is_withheld)
     VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`,
    row.name,
    row.by,
    row.expiresAt,
    row.day,
    row.draft.name,
    row.draft.type,
    row.draft.bytes,
    row.draft.sha256,
    row.multipart,
    row.object,
    row.attachment === null ? null : JSON.stringify(row.attachment),
    row.preview,
    Number(row.isWithheld),
  );
}

export function deleteUpload(tx: Transactor, row: UploadRow): void {
  tx.run("DELETE FROM uploads WHERE id = ?", row.name);
  forgetParts(tx, row);
}

export function receivedParts(db: Reader, name: string): { partNumber: number; etag: string }[] {
  return db
    .all<{ n: number; etag: string }>("SELECT n, etag FROM upload_parts WHERE id = ? ORDER BY n", name)
    .map(({ n, etag }) => ({ partNumber: n, etag }));
}

export function putPart(tx: Transactor, name: string, n: number, etag: string): void {
  tx.run("INSERT OR REPLACE INTO upload_parts (id, n, etag) VALUES (?, ?, ?)", name, n, etag);
}

export function forgetPart(tx: Transactor, name: string, n: number): void {
  tx.run("DELETE FROM upload_parts WHERE id = ? AND n = ?", name, n);
}

export function forgetParts(tx: Transactor, { name, draft }: UploadRow): void {
  if (partsOf(draft.bytes) > 1) tx.run("DELETE FROM upload_parts WHERE id = ?", name);
}

function rowOf(columns: Columns): UploadRow {
  return {
    name: columns.id,
    by: columns.by_id as UserId,
    expiresAt: columns.expires_at,
    day: columns.day,
    draft: {
      name: columns.name,
      type: columns.said_type,
      bytes: columns.bytes,
      sha256: columns.said_sha256,
    },
    multipart: columns.multipart,
    object: columns.object,
    attachment: columns.attachment === null ? null : attachmentOf(columns.attachment),
    preview: columns.preview,
    isWithheld: columns.is_withheld === 1,
  };
}

/** An attachment from its stored JSON. */
export function attachmentOf(text: string): Attachment {
  return attachment.parse(JSON.parse(text));
}
