/** Owns the picture of a group: who may have one made, and that the object of one that is shown no more is deleted. */
import { pictureFault } from "../../../core/membership.ts";
import { uploadBounds } from "../../../schema/bounds/uploads.ts";
import { done, notFound, type Outcome, refuse } from "../../../schema/errors.ts";
import type { AttachmentId, UserId } from "../../../schema/ids.ts";
import type { Avatar, AvatarPlace } from "../../contract/uploads.ts";
import type { Database, Transactor } from "../../shared/platform/database.ts";
import type { MediaGone } from "../../shared/uploads/media-gone.ts";
import type { Store } from "../store.ts";

const tooLate = refuse("conflict", "avatar: the picture took too long; set it again");

export class Pictures {
  readonly #parts: { db: Database; store: Store; gone: MediaGone };

  constructor(parts: { db: Database; store: Store; gone: MediaGone }) {
    this.#parts = parts;
  }

  /** Where the gateway may put a picture made of this upload; refused where this member may not change the picture. */
  place(by: UserId, from: AttachmentId, key: string): Outcome<AvatarPlace> {
    const { db, store, gone } = this.#parts;
    const { state } = store;
    if (state === undefined) return notFound;
    const { kind, policy, avatar } = state.facts;
    const refusal = pictureFault({ kind, policy, standing: store.standing(by) });
    if (refusal !== undefined) return { ok: false, refusal };
    if (avatar?.from === from) return done({ do: "same" });
    db.transact((tx) => gone.awaitPut(tx, key, uploadBounds.unreportedMs));
    return done({ do: "put", key });
  }

  /** The picture after a patch that names an upload, or null for none. */
  after(present: Avatar | null, patch: AttachmentId | null | undefined, made: Avatar | undefined): Avatar | null {
    if (patch === undefined) return present;
    if (patch === null) return null;
    return made?.from === patch ? made : present;
  }

  /** This one is shown from now on, in the place of another. */
  show(tx: Transactor, before: Avatar | null, after: Avatar | null): Outcome<null> {
    const { gone } = this.#parts;
    if (after !== null && !gone.keep(tx, after.key)) return tooLate;
    if (before !== null) gone.drop(tx, before.key);
    return done(null);
  }

  /** The operator has withheld the upload of which the picture was made, or is being made: its address leads to nothing from now on. */
  hide(from: AttachmentId): Outcome<null> {
    const { db, store, gone } = this.#parts;
    const avatar = store.state?.facts.avatar;
    db.transact((tx) => {
      if (avatar?.from === from) gone.drop(tx, avatar.key);
      gone.giveUpPictures(tx);
    });
    return done(null);
  }
}
