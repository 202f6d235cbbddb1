/** Owns the uploads of a user's own, of which pictures of the user and of groups are made; the user's picture in R2; and the day's quota of all their uploads. */
import { uploadBounds } from "../../../schema/bounds/uploads.ts";
import { done, notFound, type Outcome, type Refusal } from "../../../schema/errors.ts";
import type { AttachmentId, ConversationId, UserId } from "../../../schema/ids.ts";
import type {
  Avatar,
  AvatarPlace,
  Media,
  UploadAnswer,
  UploadAsk,
  UploadBy,
  Withheld,
} from "../../contract/uploads.ts";
import type { AlarmHandlers, Alarms } from "../../shared/platform/alarms.ts";
import { now } from "../../shared/platform/clock.ts";
import type { Database, Transactor } from "../../shared/platform/database.ts";
import type { Env } from "../../shared/platform/env.ts";
import { answerUpload } from "../../shared/uploads/answering.ts";
import { Copying } from "../../shared/uploads/copying.ts";
import { MediaGone, uploadAlarm } from "../../shared/uploads/media-gone.ts";
import { chargeDay, refundDay, uploadQuotaOf } from "../../shared/uploads/upload-days.ts";
import { mediaKey, nameOf } from "../../shared/uploads/upload-ids.ts";
import { forgetPictures, groupsOf, notePicture } from "./group-pictures.ts";
import { putUpload, readUpload } from "../../shared/uploads/upload-rows.ts";
import type { UploadRules } from "../../shared/uploads/upload-rules.ts";
import { Uploads } from "../../shared/uploads/uploads.ts";

/** `avatar`: the picture that is shown, null where there is none, undefined where there is no account. */
type Parts = { env: Env; db: Database; alarms: Alarms; userId: UserId; avatar: () => Avatar | null | undefined };

export class UserUploads {
  readonly alarmHandlers: AlarmHandlers;
  readonly #parts: Parts;
  readonly #gone: MediaGone;
  readonly #uploads: Uploads;
  readonly #copying: Copying;

  constructor(parts: Parts) {
    this.#parts = parts;
    this.#gone = new MediaGone(parts);
    const rules: UploadRules = {
      owner: () => parts.userId,
      writeFault: (by) => this.#fault(by),
      seeFault: (by) => this.#fault(by),
      bytesPerDayMax: null,
      sentBy: () => undefined,
    };
    const own = { ...parts, gone: this.#gone, rules };
    this.#uploads = new Uploads(own);
    this.#copying = new Copying(own);
    this.alarmHandlers = { [uploadAlarm]: () => this.#uploads.rung() };
  }

  answer(by: UploadBy, ask: UploadAsk): Promise<Outcome<UploadAnswer>> {
    return answerUpload(
      {
        uploads: this.#uploads,
        copying: this.#copying,
        see: (viewer, id, { shownBy }) => this.#see(viewer, id, shownBy),
        withhold: (id, isOn) => Promise.resolve(this.#withhold(id, isOn)),
        avatar: (asker, from, key) => this.#avatarPlace(asker, from, key),
        quota: { charge: (bytes) => this.#charge(bytes), refund: (bytes, day) => this.#refund(bytes, day) },
      },
      by,
      ask,
    );
  }

  /** The picture is shown from now on, in this transaction. False where it took too long: then its object is deleted. */
  show(tx: Transactor, avatar: Avatar): boolean {
    return this.#gone.keep(tx, avatar.key);
  }

  /** It is shown no more. */
  hide(tx: Transactor, avatar: Avatar | null): void {
    if (avatar !== null) this.#gone.drop(tx, avatar.key);
  }

  /** The account is erased: no bytes of it stay. */
  erase(tx: Transactor, avatar: Avatar | null): void {
    this.hide(tx, avatar);
    this.#uploads.dropAllOf(tx, this.#parts.userId);
    forgetPictures(tx);
  }

  #fault(by: UserId): Refusal | undefined {
    const { userId, avatar } = this.#parts;
    return by === userId && avatar() !== undefined ? undefined : notFound.refusal;
  }

  #see(by: UserId, id: AttachmentId, shownBy?: ConversationId): Outcome<Media> {
    const { db, userId } = this.#parts;
    const row = this.#fault(by) === undefined ? readUpload(db, nameOf(id)) : undefined;
    if (!row?.attachment || row.object === null || row.isWithheld || row.expiresAt <= now()) return notFound;
    if (shownBy !== undefined) db.transact((tx) => notePicture(tx, row.name, shownBy));
    return done({ attachment: row.attachment, key: mediaKey(userId, row.object), previewKey: null, sent: null });
  }

  #avatarPlace(by: UserId, from: AttachmentId, key: string): Outcome<AvatarPlace> {
    const { db, avatar } = this.#parts;
    const refusal = this.#fault(by);
    if (refusal !== undefined) return { ok: false, refusal };
    if (avatar()?.from === from) return done({ do: "same" });
    db.transact((tx) => this.#gone.awaitPut(tx, key, uploadBounds.unreportedMs));
    return done({ do: "put", key });
  }

  /** No picture can be made of it; one that was made is deleted, and its address leads to nothing. Answers the groups that show one, too. */
  #withhold(id: AttachmentId, isOn: boolean): Outcome<Withheld> {
    const { db, avatar } = this.#parts;
    return db.transact((tx): Outcome<Withheld> => {
      const row = readUpload(tx, nameOf(id));
      const shown = avatar();
      const isShown = shown?.from === id;
      if (row === undefined && !isShown) return notFound;
      if (row !== undefined) putUpload(tx, { ...row, isWithheld: isOn });
      if (isOn && isShown) this.hide(tx, shown);
      if (isOn) this.#gone.giveUpPictures(tx);
      return done({ sent: null, groups: groupsOf(tx, nameOf(id)) });
    });
  }

  #charge(bytes: number): Outcome<{ day: number }> {
    const { env, db, userId } = this.#parts;
    if (this.#fault(userId) !== undefined) return notFound;
    const charged = db.transact((tx) => chargeDay(tx, bytes, uploadQuotaOf(env)));
    return "refusal" in charged ? { ok: false, refusal: charged.refusal } : done(charged);
  }

  #refund(bytes: number, day: number): Outcome<null> {
    this.#parts.db.transact((tx) => refundDay(tx, bytes, day));
    return done(null);
  }
}
