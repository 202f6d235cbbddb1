/** Owns which message the composer answers, or edits. Both belong to the draft, and are kept with it. */
import type { ConversationHandle, Observable } from "parley-sdk";
import { State } from "../../browser/state.ts";
import type { DraftKeeper, EditDraft } from "./drafts.ts";

export interface About {
  /** The message that is being answered; null while there is none. */
  readonly answeredSeq: number | null;
  /** The edit under way; null while there is none. */
  readonly edit: EditDraft | null;
}

/** The components that show it subscribe to it. So a key of an edit renders the composer, and not the whole conversation. */
export class Subject {
  readonly #conversation: ConversationHandle;
  readonly #keeper: DraftKeeper;
  readonly #state: State<About>;

  constructor(conversation: ConversationHandle, keeper: DraftKeeper) {
    this.#conversation = conversation;
    this.#keeper = keeper;
    const { replyTo, edit } = keeper.draft;
    this.#state = new State<About>({ answeredSeq: replyTo, edit });
  }

  get about(): Observable<About> {
    return this.#state;
  }

  /** Whether an edit is under way that has changed its message. */
  get isEditing(): boolean {
    const { edit } = this.#state.getSnapshot();
    return edit !== null && edit.text !== this.#conversation.message(edit.seq).getSnapshot()?.text;
  }

  readonly answer = (seq: number | null): void => {
    const before = this.#state.getSnapshot();
    if (seq === before.answeredSeq) return;
    this.#keeper.keep({ replyTo: seq });
    this.#state.set({ ...before, answeredSeq: seq });
  };

  readonly edit = (edit: EditDraft | null): void => {
    const before = this.#state.getSnapshot();
    if (edit === before.edit) return;
    this.#keeper.keep({ edit });
    this.#state.set({ ...before, edit });
  };
}
