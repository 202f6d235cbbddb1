/** Owns the union of the frames that the server may send on a socket. A client ignores types and fields that it does not know. */
import { z } from "zod";
import { errorFrame } from "../../errors.ts";
import { devicesFrame } from "../../security/new-devices.ts";
import { drainFrame } from "../attend.ts";
import { changeFrame } from "../change.ts";
import { liveHello, syncHello } from "./hello.ts";
import { inboxFrame } from "../inbox.ts";
import { presenceFrame } from "../presence.ts";
import { receiptFrame, typingFrame } from "../receipt.ts";
import { okFrame } from "../ref.ts";
import { messageFrame } from "../send.ts";

export const syncDownFrame = z.discriminatedUnion("type", [
  syncHello,
  inboxFrame,
  messageFrame,
  changeFrame,
  receiptFrame,
  typingFrame,
  presenceFrame,
  devicesFrame,
  drainFrame,
  okFrame,
  errorFrame,
]);

export const liveDownFrame = z.discriminatedUnion("type", [
  liveHello,
  messageFrame,
  changeFrame,
  receiptFrame,
  typingFrame,
  drainFrame,
  okFrame,
  errorFrame,
]);
