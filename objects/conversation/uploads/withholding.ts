/**
 * Owns the operator's word that nobody may see an attachment, or may again. Before it is sent that concerns its upload alone. In a message it is a change of the message,
 * with a rev, so that everybody who shows it learns of it; the message's hash stays, because the bytes are what they were.
 */
import type { MessageRow } from "../../../core/stored-message.ts";
import { done, type Outcome } from "../../../schema/errors.ts";
import type { AttachmentId, Seq } from "../../../schema/ids.ts";
import type { Withheld } from "../../contract/uploads.ts";
import { now } from "../../shared/platform/clock.ts";
import { shownAs } from "../../shared/uploads/upload-rules.ts";
import { type Fetched, unreadable } from "../archive/fetched.ts";
import type { ConversationTransactor, Effects } from "../effects.ts";
import type { LargeGroup } from "../large/large-group.ts";
import { changeItem } from "../messages/items.ts";
import type { Journal } from "../messages/journal.ts";
import type { MessageWriter } from "../messages/message-writer.ts";
import type { Messages } from "../messages/messages.ts";
import type { Sealing } from "../sealing/sealing.ts";
import type { State, Store } from "../store.ts";
import type { Writes } from "../writes.ts";
import type { Attachments } from "./attachments.ts";

const triesMax = 3;

export type WithholdingParts = {
  store: Store;
  messages: Messages;
  attachments: Attachments;
  journal: Journal;
  fetched: Fetched;
  writes: Writes;
  sealing: Sealing;
  large: Pick<LargeGroup, "changed">;
};

export class Withholding {
  readonly #parts: WithholdingParts;

  constructor(parts: WithholdingParts) {
    this.#parts = parts;
  }

  /** Answers the message that carries it. A repeat changes nothing. */
  async set(id: AttachmentId, isOn: boolean): Promise<Outcome<Withheld>> {
    const { attachments, fetched, writes } = this.#parts;
    const lost = new Set<string>();
    // A segment may be written anew, or forgotten here, while another one is fetched.
    for (let tries = 0; tries < triesMax; tries++) {
      const away = this.#away(attachments.seqOf(id));
      if (away !== undefined && !lost.has(away.key)) {
        const read = await fetched.tryFetch(away);
        if (read === "late") return { ok: false, refusal: unreadable };
        // Of a message in a segment that is lost only the row of its attachment is changed: nobody can read the message.
        if (read === "lost") lost.add(away.key);
      }
      const set = writes.change((tx, state, effects): Outcome<Withheld | "away"> => {
        const segment = this.#away(attachments.seqOf(id));
        if (segment !== undefined && !lost.has(segment.key)) return done("away");
        const told = attachments.withhold(tx, id, isOn);
        if (told.ok && told.value.sent !== null && told.value.isNews)
          this.#change(tx, state, told.value, isOn, effects);
        return told.ok ? done({ sent: told.value.sent, groups: [] }) : told;
      });
      if (!set.ok) return set;
      if (set.value !== "away") return done(set.value);
    }
    return { ok: false, refusal: unreadable };
  }

  #away(seq: Seq | undefined) {
    const { store, messages, fetched } = this.#parts;
    const id = store.state?.facts.id;
    if (id === undefined || seq === undefined || messages.short(seq) !== undefined) return undefined;
    const found = fetched.lookup(id, seq);
    return found?.is === "away" ? found.away : undefined;
  }

  #change(
    tx: ConversationTransactor,
    state: State,
    { sent, name }: { sent: Seq | null; name: string },
    isOn: boolean,
    effects: Effects,
  ): void {
    const { journal, large, sealing } = this.#parts;
    const found = sent === null ? undefined : this.#find(state, sent);
    if (found === undefined) return;
    const { row, writer } = found;
    const rev = state.head.rev + 1;
    const at = Math.max(now(), state.head.at);
    const attachments = (row.attachments ?? []).map((each) =>
      each.id.endsWith(`.${name}`) ? shownAs(each, isOn) : each,
    );
    const changed: MessageRow = { ...row, rev, attachments };
    writer.setAttachments(tx, changed);
    sealing.changed(tx, row.seq, false);
    large.changed(tx, state, row, changed);
    journal.note(tx, { rev, at, seq: row.seq, notice: null });
    state.head = { ...state.head, rev };
    effects.items.push(changeItem(state.facts.id, rev, { row: changed }));
  }

  #find({ facts }: State, seq: Seq): { row: MessageRow; writer: MessageWriter } | undefined {
    const { messages, fetched } = this.#parts;
    const own = messages.short(seq);
    if (own !== undefined) return { row: own, writer: messages.writer };
    const found = fetched.lookup(facts.id, seq);
    return found?.is === "row" ? { row: found.row, writer: messages.writer.over(found.row) } : undefined;
  }
}
