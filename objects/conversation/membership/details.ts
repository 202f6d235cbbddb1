/** Owns changes of title, policy and picture: each takes a rev, and brings a notice and the details as they then are. */
import { adminFault, mergePolicy, pictureFault, titleFault } from "../../../core/membership.ts";
import { done, notFound, type Outcome } from "../../../schema/errors.ts";
import type { ConversationPatch } from "../../../schema/http/conversation/conversations.ts";
import type { UserId } from "../../../schema/ids.ts";
import type { Avatar } from "../../contract/uploads.ts";
import type { StorageRoom } from "../../shared/meters/storage-room.ts";
import type { Transactor } from "../../shared/platform/database.ts";
import type { Effects } from "../effects.ts";
import { noticeBytes, type Notices } from "../messages/notices.ts";
import type { Throttle } from "../meters/throttle.ts";
import type { State, Store } from "../store.ts";
import type { Pictures } from "../uploads/pictures.ts";

export class Details {
  readonly #store: Store;
  readonly #notices: Notices;
  /** To be asked last, so that a change that is refused for another reason, or changes nothing, takes no token. */
  readonly #throttle: Throttle;
  readonly #room: StorageRoom;
  readonly #pictures: Pictures;

  constructor(parts: { store: Store; notices: Notices; throttle: Throttle; room: StorageRoom; pictures: Pictures }) {
    this.#store = parts.store;
    this.#notices = parts.notices;
    this.#throttle = parts.throttle;
    this.#room = parts.room;
    this.#pictures = parts.pictures;
  }

  /** `made`: what the gateway has made of the upload that the patch names as the picture, unless the present picture was made of it. */
  patch(
    tx: Transactor,
    state: State,
    by: UserId,
    patch: ConversationPatch,
    made: Avatar | undefined,
    effects: Effects,
  ): Outcome<null> {
    const facts = { kind: state.facts.kind, standing: this.#store.standing(by), policy: state.facts.policy };
    const fault =
      (patch.title === undefined ? undefined : titleFault(facts)) ??
      (patch.policy === undefined ? undefined : adminFault(facts, "changing the policy")) ??
      (patch.avatar === undefined ? undefined : pictureFault(facts)) ??
      (facts.standing === "none" ? notFound.refusal : undefined);
    if (fault !== undefined) return { ok: false, refusal: fault };
    const isTitleNew = patch.title !== undefined && patch.title !== state.facts.title;
    const policy = mergePolicy(state.facts.policy, patch.policy);
    const isPolicyNew = JSON.stringify(policy) !== JSON.stringify(state.facts.policy);
    const avatar = this.#pictures.after(state.facts.avatar, patch.avatar, made);
    const isPictureNew = avatar?.key !== state.facts.avatar?.key;
    const changes = [isTitleNew, isPolicyNew, isPictureNew].filter(Boolean).length;
    if (changes === 0) return done(null);
    const limited =
      this.#room.refusal(isTitleNew || isPictureNew ? noticeBytes : 0) ??
      this.#throttle.refusalToChange(by, "details", changes);
    if (limited !== undefined) return { ok: false, refusal: limited };
    // Before anything is written: a picture that came too late refuses the whole patch.
    const shown = isPictureNew ? this.#pictures.show(tx, state.facts.avatar, avatar) : done(null);
    if (!shown.ok) return shown;
    if (patch.title !== undefined && isTitleNew) {
      this.#store.setDetails(tx, state, { title: patch.title }, state.head.rev + 1);
      this.#notices.note(tx, state, by, { kind: "title_changed", title: patch.title }, effects);
    }
    if (isPolicyNew) {
      this.#store.setDetails(tx, state, { policy }, state.head.rev + 1);
      this.#notices.note(tx, state, by, { kind: "policy_changed", policy }, effects);
    }
    if (isPictureNew) {
      this.#store.setDetails(tx, state, { avatar }, state.head.rev + 1);
      this.#notices.note(tx, state, by, { kind: "avatar_changed", avatarUrl: avatar?.url ?? null }, effects);
    }
    return done(null);
  }
}
