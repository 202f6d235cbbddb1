/**
 * Owns what one command does, in the transaction of its turn: it decides, writes, and notes what is to be sent to others. A command that needs a segment of the
 * archive does nothing yet.
 */
import { bodyOf } from "../../../core/body.ts";
import { writeFault } from "../../../core/membership.ts";
import { bytesOfText } from "../../../core/meters/write-cost.ts";
import { decideSend, type MessageChangeFacts } from "../../../core/send.ts";
import { decidePin } from "../../../core/marks/pins.ts";
import type { MessageRow, StoredMessage } from "../../../core/stored-message.ts";
import { visibleAfter } from "../../../core/visibility.ts";
import { pollText, storedPoll } from "../../../core/polls/poll.ts";
import { raise } from "../../../core/watermarks.ts";
import { notFound, type Refusal } from "../../../schema/errors.ts";
import { everyone } from "../../../schema/ids.ts";
import { utf8Bytes } from "../../../schema/text.ts";
import type { Actor } from "../../contract/actor.ts";
import type { Command, CommandAnswer } from "../../contract/command.ts";
import { now } from "../../shared/platform/clock.ts";
import type { StorageRoom } from "../../shared/meters/storage-room.ts";
import type { Fetched } from "../archive/fetched.ts";
import type { Sealing } from "../sealing/sealing.ts";
import type { WriteMeters } from "../meters/write-meters.ts";
import type { Attachments } from "../uploads/attachments.ts";
import type { ConversationTransactor, Effects } from "../effects.ts";
import { changeItem, messageItem } from "../messages/items.ts";
import { isPeerErased } from "../history/erased-members.ts";
import type { LargeGroup } from "../large/large-group.ts";
import type { Journal } from "../messages/journal.ts";
import { linkAfter } from "../messages/link.ts";
import type { Messages } from "../messages/messages.ts";
import { noticeBytes, type Notices } from "../messages/notices.ts";
import { unpinUnsent } from "../messages/pins.ts";
import type { MemberRow } from "../members/member-row.ts";
import { mentionsDigest, type Sent } from "../messages/sent.ts";
import type { State, Store } from "../store.ts";
import { answeredBy } from "./answered.ts";
import { type ChangeCommand, judgeChange } from "./changes.ts";
import type { Away } from "./waiting-jobs.ts";

export type ApplyingParts = {
  store: Store;
  messages: Messages;
  attachments: Attachments;
  sent: Sent;
  journal: Journal;
  notices: Notices;
  meters: WriteMeters;
  large: Pick<LargeGroup, "sent" | "changed" | "read" | "reactionsOf">;
  room: StorageRoom;
  fetched: Fetched;
  sealing: Sealing;
};

export class Applying {
  readonly #store: Store;
  readonly #messages: Messages;
  readonly #attachments: Attachments;
  readonly #sent: Sent;
  readonly #journal: Journal;
  readonly #notices: Notices;
  readonly #meters: WriteMeters;
  readonly #large: ApplyingParts["large"];
  readonly #room: StorageRoom;
  readonly #fetched: Fetched;
  readonly #sealing: Sealing;
  /** Commands of this turn that took their tokens. A rollback gives no tokens back, so the second try of a command takes none. */
  readonly #paid = new Set<Command>();

  constructor(parts: ApplyingParts) {
    this.#store = parts.store;
    this.#messages = parts.messages;
    this.#attachments = parts.attachments;
    this.#sent = parts.sent;
    this.#journal = parts.journal;
    this.#notices = parts.notices;
    this.#meters = parts.meters;
    this.#large = parts.large;
    this.#room = parts.room;
    this.#fetched = parts.fetched;
    this.#sealing = parts.sealing;
  }

  /** No command of this turn is tried again. */
  endTurn(): void {
    this.#paid.clear();
  }

  /** What is to be sent to others is added to `effects`. */
  apply(
    tx: ConversationTransactor,
    state: State,
    actor: Actor,
    command: Command,
    effects: Effects,
  ): CommandAnswer | Away {
    switch (command.do) {
      case "send":
        return this.#send(tx, state, actor, command, effects);
      case "edit":
      case "unsend":
      case "react":
      case "vote":
      case "close poll":
        return this.#change(tx, state, actor, command, effects);
      case "pin":
        return this.#pin(tx, state, actor, command, effects);
      case "receipt":
        return this.#receipt(tx, state, actor, command, effects);
      case "typing": {
        const facts = { standing: this.#store.standing(actor.userId), policy: state.facts.policy };
        if (facts.standing === "none") return notFound;
        const isShown = writeFault(facts) === undefined && this.#meters.mayShowTyping(actor.userId);
        if (isShown) effects.typing.add(actor.userId);
        return { ok: true, did: "typing" };
      }
    }
  }

  #send(
    tx: ConversationTransactor,
    state: State,
    actor: Actor,
    command: Extract<Command, { do: "send" }>,
    effects: Effects,
  ): CommandAnswer | Away {
    const { facts, head } = state;
    const { userId } = actor;
    const { clientId, replyTo } = command;
    const poll = command.poll === undefined ? undefined : storedPoll(command.poll);
    const text = poll === undefined ? command.text : pollText(poll);
    const member = this.#store.member(userId);
    const earlier = this.#sent.earlier(facts.id, userId, clientId, { ...command, text });
    if (earlier !== undefined && "away" in earlier) return earlier;
    const decision = decideSend({
      earlier,
      standing: member?.role ?? "none",
      policy: facts.policy,
      kind: facts.kind,
      mentionsAll: command.mentions.includes(everyone),
      isBlocked: this.#store.isBlockedDm(),
      isPeerErased: isPeerErased(state),
      replyTo,
      visibleAfter: visibleAfter(facts.policy, member?.joinedSeq ?? 0),
      headSeq: head.seq,
    });
    if (decision.do === "refuse") return { ok: false, refusal: decision.refusal };
    if (decision.do === "repeat") return { ok: true, did: "send", ack: decision.ack };
    const answers = answeredBy({ messages: this.#messages, fetched: this.#fetched }, facts.id, replyTo);
    if (typeof answers === "object") return answers;
    const attached = this.#attachments.attachmentsOf(command.attachments ?? [], userId);
    if (!attached.ok) return attached;
    const attachments = attached.value;
    const bytes = bytesOfText({ ...command, text, poll, attachments, reactions: [] });
    const isToAll = command.mentions.includes(everyone) && !this.#paid.has(command);
    const limited =
      this.#room.refusal(bytes) ??
      (isToAll ? this.#meters.refusalToMentionAll() : undefined) ??
      this.#charge(tx, actor, command, bytes);
    if (limited !== undefined) return { ok: false, refusal: limited };
    this.#meters.noteSent(userId);

    const sentAt = Math.max(now(), head.at);
    const body = bodyOf(text, attachments);
    const { seq, rev, salt, contentHash, hash } = linkAfter(head, { senderId: userId, sentAt, body });
    const mentions = [...new Set(command.mentions)].filter(
      (mentioned) => mentioned === everyone || this.#store.member(mentioned) !== undefined,
    );
    const row: MessageRow = {
      seq,
      createdRev: rev,
      rev,
      senderId: userId,
      clientId,
      text,
      isCut: false,
      sentAt,
      editedAt: null,
      unsentAt: null,
      replyTo,
      answers,
      mentions,
      reactions: [],
      ...(attachments.length === 0 ? {} : { attachments }),
      ...(poll === undefined ? {} : { poll }),
      hash,
      contentHash,
      salt,
    };
    this.#messages.writer.append(tx, row, mentionsDigest(command.mentions));
    this.#attachments.markSent(tx, command.attachments ?? [], row);
    this.#sent.note(userId, clientId, seq);
    state.head = { seq, rev, hash, at: sentAt };
    effects.items.push(messageItem(facts.id, row));
    this.#large.sent(tx, state, row);
    if (member !== undefined) {
      // A member who sends a message has read the messages before it. The message itself does not show that to the others, so a receipt does.
      if (member.read < seq - 1 || member.delivered < seq - 1) effects.receipts.add(userId);
      this.#store.watermarks.raiseToOwn(member, seq);
      if (this.#store.endRequest(tx, member)) effects.receipts.add(userId);
    }
    return { ok: true, did: "send", ack: { conversationId: facts.id, seq, rev, sentAt, hash, duplicate: false } };
  }

  #change(
    tx: ConversationTransactor,
    state: State,
    actor: Actor,
    command: ChangeCommand,
    effects: Effects,
  ): CommandAnswer | Away {
    const { facts: conversation, head } = state;
    const { userId } = actor;
    const target = this.#targetOf(state, actor, command);
    if ("away" in target || "ok" in target) return target;
    const { member, row, archived } = target;
    const facts: MessageChangeFacts = {
      kind: conversation.kind,
      by: userId,
      standing: member.role,
      isBlocked: this.#store.isBlockedDm(),
      message: row,
    };
    const rev = head.rev + 1;
    const at = Math.max(now(), head.at);
    const { decision, bytes, grows, write } = judgeChange(
      {
        store: this.#store,
        messages: archived === undefined ? this.#messages.writer : this.#messages.writer.over(archived),
        sent: this.#sent,
        attachments: this.#attachments,
        reactions: this.#large.reactionsOf(state),
      },
      facts,
      row,
      command,
      { rev, at },
    );
    if (decision.do === "refuse") return { ok: false, refusal: decision.refusal };
    if (decision.do === "nothing") return { ok: true, did: "change", rev: row.rev };
    // An archived message that changes gets its whole row back, so the store grows by it. Erasing does not make the store grow.
    const growsBy = archived === undefined || command.do === "unsend" ? grows : grows + utf8Bytes(archived.text);
    const limited = this.#room.refusal(growsBy) ?? this.#charge(tx, actor, command, bytes);
    if (limited !== undefined) return { ok: false, refusal: limited };

    const changed = write(tx);
    this.#large.changed(tx, state, row, changed);
    this.#sealing.changed(tx, row.seq, command.do === "unsend");
    this.#journal.note(tx, { rev, at, seq: row.seq, notice: null });
    state.head = { ...head, rev };
    if (command.do === "unsend") effects.unsent.set(row.seq, changed);
    const details = command.do === "unsend" ? unpinUnsent(this.#store, tx, state, row.seq) : {};
    if (command.do === "react" && command.isOn && this.#store.endRequest(tx, member)) effects.receipts.add(userId);
    if (command.do === "vote" && command.options.length > 0 && this.#store.endRequest(tx, member))
      effects.receipts.add(userId);
    const isLarge = state.members.kind === "large";
    const reaction = isLarge && command.do === "react" ? { emoji: command.emoji, on: command.isOn } : undefined;
    const vote = isLarge && command.do === "vote" ? command.options : undefined;
    effects.items.push(changeItem(conversation.id, rev, { row: changed, by: userId, reaction, vote, ...details }));
    if (reaction !== undefined || vote !== undefined) effects.reacted.add(rev);
    return { ok: true, did: "change", rev };
  }

  /** A pin is a change of the conversation, not of its message: an archived message keeps its place in the archive. */
  #pin(
    tx: ConversationTransactor,
    state: State,
    actor: Actor,
    command: Extract<Command, { do: "pin" }>,
    effects: Effects,
  ): CommandAnswer | Away {
    const { kind, policy, pins } = state.facts;
    const target = this.#targetOf(state, actor, command);
    if ("away" in target || "ok" in target) return target;
    const { seq, isOn } = command;
    const decision = decidePin(
      {
        ...{ kind, policy, by: actor.userId, standing: target.member.role },
        isBlocked: this.#store.isBlockedDm(),
        message: target.row,
      },
      pins,
      { seq, isOn, at: Math.max(now(), state.head.at) },
    );
    if (decision.do === "refuse") return { ok: false, refusal: decision.refusal };
    if (decision.do === "nothing") return { ok: true, did: "change", rev: state.head.rev };
    const limited = this.#room.refusal(noticeBytes) ?? this.#charge(tx, actor, command, noticeBytes);
    if (limited !== undefined) return { ok: false, refusal: limited };
    this.#store.setDetails(tx, state, { pins: decision.pins }, state.head.rev + 1);
    const rev = this.#notices.note(tx, state, actor.userId, { kind: isOn ? "pinned" : "unpinned", seq }, effects);
    return { ok: true, did: "change", rev };
  }

  /** The message that a command names, as far as its sender may see it, and its state in the archive if the object has no row of it. */
  #targetOf(
    { facts }: State,
    { userId }: Actor,
    command: ChangeCommand | Extract<Command, { do: "pin" }>,
  ): { member: MemberRow; row: MessageRow; archived: StoredMessage | undefined } | typeof notFound | Away {
    const member = this.#store.member(userId);
    if (member === undefined || command.seq <= visibleAfter(facts.policy, member.joinedSeq)) return notFound;
    // Only an edit needs the whole text, to compare it.
    const own = command.do === "edit" ? this.#messages.whole(command.seq) : this.#messages.short(command.seq);
    const archived = own === undefined ? this.#fetched.lookup(facts.id, command.seq) : undefined;
    if (archived?.is === "away") return archived;
    const row = own ?? archived?.row;
    return row === undefined ? notFound : { member, row, archived: archived?.row };
  }

  #charge(tx: ConversationTransactor, actor: Actor, command: Command, bytes: number): Refusal | undefined {
    const refusal = this.#meters.charge(tx, actor, bytes, this.#paid.has(command));
    if (refusal === undefined) this.#paid.add(command);
    return refusal;
  }

  #receipt(
    tx: ConversationTransactor,
    state: State,
    { userId }: Actor,
    command: Extract<Command, { do: "receipt" }>,
    effects: Effects,
  ): CommandAnswer {
    const member = this.#store.member(userId);
    if (member === undefined) return notFound;
    if (command.read !== null) effects.readers.add(userId);
    const marks = raise(member, command, state.head.seq);
    if (marks !== member) {
      this.#store.watermarks.set(tx, member, marks);
      this.#large.read(tx, state, userId, marks.read);
      effects.receipts.add(userId);
    }
    // In a small group a watermark that rose shows by itself that the inbox must receive it.
    if (command.read !== null && (marks === member || state.members.kind === "large"))
      this.#store.watermarks.oweReceipt(tx, userId);
    return { ok: true, did: "receipt" };
  }
}
