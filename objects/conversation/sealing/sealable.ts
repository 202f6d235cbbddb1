/** Owns which messages are to leave the object: whether it holds too much, and up to which message a segment may be filled. */
import { bytesOfAttachments } from "../../../core/meters/write-cost.ts";
import type { StoredMessage } from "../../../core/stored-message.ts";
import type { Seq } from "../../../schema/ids.ts";
import { utf8Bytes } from "../../../schema/text.ts";
import type { Manifest } from "../archive/manifest.ts";
import { deliveredRev } from "../fan-out/audience.ts";
import type { FanOut } from "../fan-out/fan-out.ts";
import { isImporting } from "../importing.ts";
import { lastSeqBefore } from "../messages/membership-bounds.ts";
import type { Messages } from "../messages/messages.ts";
import type { Sent } from "../messages/sent.ts";
import type { State } from "../store.ts";
import { archiveMarks } from "./marks.ts";

export type SealableParts = {
  messages: Messages;
  sent: Sent;
  manifest: Manifest;
  storage: Pick<SqlStorage, "databaseSize">;
  fanOut: Pick<FanOut, "ackedOf">;
};

export class Sealable {
  readonly #messages: Messages;
  readonly #sent: Sent;
  readonly #manifest: Manifest;
  readonly #storage: Pick<SqlStorage, "databaseSize">;
  readonly #fanOut: Pick<FanOut, "ackedOf">;
  /** The head at which the store's size was last read. To read it for each message would cost more than the message. */
  #sizedAt: Seq = 0;
  #isLarge = false;

  constructor({ messages, sent, manifest, storage, fanOut }: SealableParts) {
    this.#messages = messages;
    this.#sent = sent;
    this.#manifest = manifest;
    this.#storage = storage;
    this.#fanOut = fanOut;
  }

  /** Whether the object holds more than it should, in messages or in bytes. */
  holdsTooMuch({ head }: State): boolean {
    const held = head.seq - this.#manifest.through;
    if (held >= archiveMarks.highWaterMessages) return true;
    if (held <= archiveMarks.lowWaterMessages) return false;
    if (head.seq - this.#sizedAt >= archiveMarks.lowWaterMessages / 4) {
      this.#sizedAt = head.seq;
      this.#isLarge = this.#storage.databaseSize - this.#manifest.bytes > archiveMarks.highWaterBytes;
    }
    return this.#isLarge;
  }

  /** A batch has left, so the size that was read last says nothing any more. */
  left({ head }: State): void {
    this.#sizedAt = head.seq;
    this.#isLarge = false;
  }

  /** The first message that is in no segment. */
  get from(): Seq {
    return Math.max(this.#manifest.written, this.#manifest.through) + 1;
  }

  /** The messages of the next segment; none where there are not enough that may leave. */
  next(state: State): StoredMessage[] {
    return this.#full(this.from, Math.min(this.#recordedTo(state), this.#deliveredTo(state)));
  }

  /** Whether a segment could be filled if all inboxes had what they lack. */
  isHeldBack(state: State): boolean {
    return this.#recordedTo(state) - (this.from - 1) >= archiveMarks.segmentMessagesMax;
  }

  /** The last message that may leave the object. The newest stay, and those that the record of sends does not have yet. */
  #recordedTo({ head }: State): Seq {
    return Math.min(head.seq - archiveMarks.lowWaterMessages, this.#sent.recordedUpTo);
  }

  /**
   * The last message that every inbox has. If the object holds twice what it should, all messages may go, so that one inbox that fails does not fill it; what
   * that inbox lacks comes from the archive then (archived-stretches.ts). A member whose inbox has not received the membership counts as having the messages
   * before it.
   */
  #deliveredTo(state: State): Seq {
    const isFar = state.head.seq - this.#manifest.through >= 2 * archiveMarks.highWaterMessages;
    if (isFar || isImporting(state.facts)) return state.head.seq;
    const rev = deliveredRev(state, (userId) => this.#fanOut.ackedOf(userId));
    const unbegun = [...state.members.all()].filter((member) => this.#fanOut.ackedOf(member.userId) < member.joinedRev);
    const before = unbegun.map((member) => (lastSeqBefore(this.#messages, state, member) ?? member.joinedSeq) - 1);
    return Math.min(this.#messages.firstAfter(rev, state.head.seq) - 1, ...before);
  }

  /** Messages from `from` on that fill a segment; none where there are not enough. */
  #full(from: Seq, to: Seq): StoredMessage[] {
    const messages: StoredMessage[] = [];
    let bytes = 0;
    let isFull = false;
    this.#messages.stored(from, Math.min(to, from + archiveMarks.segmentMessagesMax - 1), (message) => {
      messages.push(message);
      bytes += utf8Bytes(message.text) + bytesOfAttachments(message.attachments);
      isFull = messages.length >= archiveMarks.segmentMessagesMax || bytes >= archiveMarks.segmentBytesMax;
      return bytes < archiveMarks.segmentBytesMax;
    });
    return isFull ? messages : [];
  }
}
