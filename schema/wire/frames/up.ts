/** Owns the union of the frames that a client may send: on the sync socket, and on a live socket, where `conversationId` may be left out. */
import { z } from "zod";
import type { conversationId } from "../../ids.ts";
import { attendFrame, seenFrame } from "../attend.ts";
import { editFrame, reactFrame, unsendFrame } from "../change.ts";
import { closePollFrame, voteFrame } from "../poll.ts";
import { watchFrame } from "../presence.ts";
import { receiptUpFrame, typingUpFrame } from "../receipt.ts";
import { sendFrame } from "../send.ts";

export const upFrames = {
  send: sendFrame,
  edit: editFrame,
  unsend: unsendFrame,
  react: reactFrame,
  vote: voteFrame,
  closePoll: closePollFrame,
  receipt: receiptUpFrame,
  typing: typingUpFrame,
  watch: watchFrame,
  attend: attendFrame,
  seen: seenFrame,
} as const;

export type UpType = keyof typeof upFrames;
export type UpFrame = { [T in UpType]: z.infer<(typeof upFrames)[T]> }[UpType];

/** Frames that the user's object passes on to a conversation. */
export type ConversationUpFrame = Extract<UpFrame, { conversationId: z.infer<typeof conversationId> }>;

export const upFrame = z.union(Object.values(upFrames));
