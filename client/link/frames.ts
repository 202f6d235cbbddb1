/**
 * Owns the door for frames that the server sends on a socket. They are parsed here. What this version does not know is left out and not
 * refused, so that a newer server does not stop an older client.
 */
import { z } from "zod";
import { errorFrame, retry } from "../../schema/errors.ts";
import { sync } from "../../schema/http/operations.ts";
import { devicesFrame } from "../../schema/security/new-devices.ts";
import { drainFrame } from "../../schema/wire/attend.ts";
import { changeFrame } from "../../schema/wire/change.ts";
import { liveHello, syncHello } from "../../schema/wire/frames/hello.ts";
import { inboxFrame } from "../../schema/wire/inbox.ts";
import { presence, presenceFrame } from "../../schema/wire/presence.ts";
import { receiptFrame, typingFrame } from "../../schema/wire/receipt.ts";
import { okFrame } from "../../schema/wire/ref.ts";
import { messageFrame } from "../../schema/wire/send.ts";
import { lenient } from "../../schema/lenient.ts";

/** `code` may be one that a later server has; the SDK decides on `retry`, and without one by the code and the status. */
const error = errorFrame.extend({
  code: z.string().catch("internal"),
  detail: z.string().catch(""),
  retry: retry.optional().catch(undefined),
});

const shared = [messageFrame, changeFrame, receiptFrame, typingFrame, drainFrame, okFrame, error] as const;
export const syncFrame = lenient(
  z.discriminatedUnion("type", [syncHello, inboxFrame, presenceFrame, devicesFrame, ...shared]),
);
export type SyncFrame = z.infer<typeof syncFrame>;
export const liveFrame = lenient(z.discriminatedUnion("type", [liveHello, ...shared]));
export type LiveFrame = z.infer<typeof liveFrame>;
export type AnswerFrame = z.infer<typeof okFrame> | z.infer<typeof error>;
/** A frame of the sync socket that is no answer. */
export type InboundFrame = Exclude<SyncFrame, AnswerFrame>;

/** What one text frame holds: the counter of a pong, or frames; no frames where it cannot be read. */
export type FrameContent<F> = { readonly pong: number } | { readonly frames: F[] };

export function readSyncFrame(data: unknown): FrameContent<SyncFrame> {
  return read(syncFrame, data);
}

export function readLiveFrame(data: unknown): FrameContent<LiveFrame> {
  return read(liveFrame, data);
}

function read<F>(schema: z.ZodType<F>, data: unknown): FrameContent<F> {
  if (typeof data !== "string") return { frames: [] };
  const pong = /^pong:(\d{1,16})$/.exec(data)?.[1];
  if (pong !== undefined) return { pong: Number(pong) };
  let json: unknown;
  try {
    json = JSON.parse(data);
  } catch {
    return { frames: [] };
  }
  const elements: unknown[] = Array.isArray(json) ? json : [json];
  return {
    frames: elements.flatMap((element) => {
      const parsed = schema.safeParse(element);
      return parsed.success ? [parsed.data] : [];
    }),
  };
}

/** The answer to a `watch`. */
export const presenceAnswer = lenient(z.object({ presence: z.array(presence) }));

/** `GET /v1/sync` as a poll; its other answer is the socket. */
export const pollCall = { ...sync, answers: { 200: sync.answers[200] } } as const;
