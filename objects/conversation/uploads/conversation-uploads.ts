/** Owns the uploads of a conversation as its other rooms use them: who may upload, and the parts that answer. */
import { isErased } from "../../../core/account/erased.ts";
import { writeFault } from "../../../core/membership.ts";
import { blockedRefusal, erasedRefusal } from "../../../core/send.ts";
import { uploadBounds } from "../../../schema/bounds/uploads.ts";
import { notFound, type Outcome, type Refusal } from "../../../schema/errors.ts";
import type { UserId } from "../../../schema/ids.ts";
import type { UploadAnswer, UploadAsk, UploadBy } from "../../contract/uploads.ts";
import type { AlarmHandlers, Alarms } from "../../shared/platform/alarms.ts";
import type { Database } from "../../shared/platform/database.ts";
import type { Env } from "../../shared/platform/env.ts";
import { answerUpload } from "../../shared/uploads/answering.ts";
import { Copying } from "../../shared/uploads/copying.ts";
import { MediaGone, uploadAlarm } from "../../shared/uploads/media-gone.ts";
import type { UploadRules } from "../../shared/uploads/upload-rules.ts";
import { Uploads } from "../../shared/uploads/uploads.ts";
import type { Store } from "../store.ts";
import { AttachmentList } from "./attachment-list.ts";
import { Attachments } from "./attachments.ts";
import { Pictures } from "./pictures.ts";
import type { Withholding } from "./withholding.ts";

type Parts = { env: Env; db: Database; alarms: Alarms; store: Store };

export class ConversationUploads {
  /** What other rooms use of it. */
  readonly parts: { uploads: Uploads; attachments: Attachments; pictures: Pictures };
  readonly alarmHandlers: AlarmHandlers;
  readonly list: AttachmentList;
  readonly #copying: Copying;
  #withholding: Withholding | undefined;

  constructor(parts: Parts) {
    const { store } = parts;
    const gone = new MediaGone(parts);
    const attachments = new Attachments({ ...parts, gone });
    const rules: UploadRules = {
      owner: () => store.state?.facts.id,
      writeFault: (by) => writeFaultOf(store, by),
      seeFault: (by) => (store.member(by) === undefined ? notFound.refusal : undefined),
      bytesPerDayMax: uploadBounds.bytesPerConversationDayMax,
      sentBy: (by, name) => attachments.sentBy(by, name),
    };
    const own = { ...parts, gone, rules };
    const uploads = new Uploads(own);
    this.parts = { uploads, attachments, pictures: new Pictures({ ...parts, gone }) };
    this.alarmHandlers = { [uploadAlarm]: () => uploads.rung() };
    this.list = new AttachmentList(parts);
    this.#copying = new Copying(own);
  }

  /** It writes messages, and what it needs for that is made later. */
  use(withholding: Withholding): void {
    this.#withholding = withholding;
  }

  answer(by: UploadBy, ask: UploadAsk): Promise<Outcome<UploadAnswer>> {
    const { uploads, attachments, pictures } = this.parts;
    return answerUpload(
      {
        uploads,
        copying: this.#copying,
        see: (viewer, id, { isOwn }) => attachments.see(viewer, id, isOwn),
        withhold: async (id, isOn) => (await this.#withholding?.set(id, isOn)) ?? notFound,
        hidePicture: (from) => pictures.hide(from),
        avatar: (asker, from, key) => pictures.place(asker, from, key),
      },
      by,
      ask,
    );
  }
}

/** Who may not send a message may not upload. */
function writeFaultOf(store: Store, by: UserId): Refusal | undefined {
  const { state } = store;
  const standing = store.standing(by);
  if (state === undefined || standing === "none") return notFound.refusal;
  if (store.isBlockedDm()) return blockedRefusal;
  const isPeerErased =
    state.facts.kind === "dm" && [...state.members.all()].some(({ person }) => isErased(person.user));
  return isPeerErased ? erasedRefusal : writeFault({ standing, policy: state.facts.policy });
}
