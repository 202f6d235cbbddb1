/** Owns the decision on an edit, an unsend, a reaction or a vote, and what it writes. */
import {
  type ChangeDecision,
  decideEdit,
  decideReact,
  decideUnsend,
  type MessageChangeFacts,
  withReaction,
} from "../../../core/send.ts";
import { bytesOfResending, bytesOfText } from "../../../core/meters/write-cost.ts";
import { chosenBy, decideClose, decideVote, stepsOf } from "../../../core/marks/votes.ts";
import { optionOf, voteKey } from "../../../core/polls/vote-keys.ts";
import type { MessageRow } from "../../../core/stored-message.ts";
import { everyone } from "../../../schema/ids.ts";
import { limits } from "../../../schema/limits.ts";
import { utf8Bytes } from "../../../schema/text.ts";
import type { Transactor } from "../../shared/platform/database.ts";
import type { Command } from "../../contract/command.ts";
import type { Attachments } from "../uploads/attachments.ts";
import type { ReactionRows } from "../large/reaction-rows.ts";
import type { Store } from "../store.ts";
import { erasedRow } from "../messages/message-row.ts";
import type { MessageWriter } from "../messages/message-writer.ts";
import type { Sent } from "../messages/sent.ts";

export type ChangeCommand = Extract<Command, { do: "edit" | "unsend" | "react" | "vote" | "close poll" }>;
/** `reactions`: those of a large group. */
export type ChangeParts = {
  store: Store;
  messages: MessageWriter;
  sent: Sent;
  attachments: Pick<Attachments, "forget">;
  reactions: ReactionRows | undefined;
};

type Judged = {
  decision: ChangeDecision;
  bytes: number;
  grows: number;
  write: (tx: Transactor) => MessageRow;
};

/**
 * Decides on a change and prepares it. `bytes`: how many bytes it is charged with. `grows`: by how many bytes the store grows. `write` writes it and
 * answers the changed message.
 */
export function judgeChange(
  parts: ChangeParts,
  facts: MessageChangeFacts,
  present: MessageRow,
  command: ChangeCommand,
  { rev, at }: { rev: number; at: number },
): Judged {
  switch (command.do) {
    case "edit": {
      const mentions =
        command.mentions === null
          ? present.mentions
          : [
              ...[...new Set(command.mentions)].filter((mentioned) => parts.store.member(mentioned) !== undefined),
              // An edit neither begins nor ends to mention all members.
              ...present.mentions.filter((mentioned) => mentioned === everyone),
            ];
      const isSame = present.text === command.text && mentions.join() === present.mentions.join();
      const changed = { ...present, rev, text: command.text, mentions, editedAt: at };
      return {
        decision: decideEdit(facts, command.text, isSame),
        bytes: bytesOfText(changed),
        grows: utf8Bytes(command.text) - utf8Bytes(present.text),
        write: (tx) => (parts.messages.setText(tx, changed), changed),
      };
    }
    case "unsend": {
      const changed = erasedRow(present, rev, at);
      return {
        decision: decideUnsend(facts),
        // An unsend is charged with no bytes, because it erases.
        bytes: 0,
        grows: 0,
        write: (tx) => {
          parts.messages.erase(tx, changed);
          parts.attachments.forget(
            tx,
            (present.attachments ?? []).map(({ id }) => id),
          );
          parts.sent.erase(tx, changed.senderId, changed.clientId, changed.seq);
          return changed;
        },
      };
    }
    case "vote":
      return judgeVote(parts, facts, present, command.options, rev);
    case "close poll": {
      const { poll = null } = present;
      const changed = { ...present, rev, poll: poll && { ...poll, closedAt: at } };
      return {
        decision: decideClose({ ...facts, poll, chosen: [] }),
        bytes: bytesOfResending(changed),
        grows: 0,
        write: (tx) => (parts.messages.setPoll(tx, changed), changed),
      };
    }
    case "react": {
      const react = { by: facts.by, emoji: command.emoji, isOn: command.isOn };
      const reactions =
        parts.reactions === undefined
          ? withReaction(present.reactions, facts.by, command.emoji, command.isOn)
          : parts.reactions.after(present, react);
      const changed = { ...present, rev, reactions: reactions ?? present.reactions };
      return {
        decision: decideReact(facts, present.reactions, reactions),
        bytes: bytesOfResending(changed),
        grows: command.isOn ? limits.reactionBytesMax : 0,
        write: (tx) => {
          parts.reactions?.write(tx, present, react, rev);
          parts.messages.setReactions(tx, changed);
          return changed;
        },
      };
    }
  }
}

/** A vote takes what the member chose before and gives what they choose now, in one change. */
function judgeVote(
  { messages, reactions: rows }: ChangeParts,
  facts: MessageChangeFacts,
  present: MessageRow,
  wanted: readonly number[],
  rev: number,
): Judged {
  const { by } = facts;
  const chosen = rows === undefined ? chosenBy(by, present.reactions) : rows.votesOf(present, by).map(optionOf);
  const { poll = null } = present;
  const decision = decideVote({ ...facts, poll, chosen }, wanted);
  const steps = decision.do === "change" ? stepsOf(chosen, wanted) : [];
  const acts = steps.map(({ option, isOn }) => ({ by, emoji: voteKey(option), isOn }));
  // Each step is judged by the state after the one before, which in a large group is in the rows.
  const after = (row: MessageRow, act: (typeof acts)[number]): MessageRow => {
    const reactions = rows === undefined ? withReaction(row.reactions, by, act.emoji, act.isOn) : rows.after(row, act);
    return { ...row, reactions: reactions ?? row.reactions };
  };
  return {
    decision,
    bytes: bytesOfResending(present) + acts.length * limits.reactionBytesMax,
    grows: acts.filter(({ isOn }) => isOn).length * limits.reactionBytesMax,
    write: (tx) => {
      let changed: MessageRow = { ...present, rev };
      for (const act of acts) {
        const next = after(changed, act);
        rows?.write(tx, changed, act, rev);
        changed = next;
      }
      messages.setReactions(tx, changed);
      return changed;
    },
  };
}
