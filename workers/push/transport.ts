/** Owns what every way to a device has in common: the interface of a transport, and a request to a push service. */
import type { PushPayload } from "../../schema/wire/push.ts";
import { pushing } from "../../schema/push-limits.ts";

/** One push as all transports take it. */
export type Push = {
  payload: PushPayload;
  /** Of undelivered pushes with one topic the service keeps the newest. */
  topic: string;
  /** By which a device knows a repeat. */
  tag: string;
  isUrgent: boolean;
};

/** Asked right before each request of a push: whether it is still due, so that the request may leave. */
export type IsStillDue = () => Promise<boolean>;

/**
 * What became of a push. `later`: the service asks for this wait, or says nothing. `refused`: it will not take this push. `unsent`: when a request was to leave, the
 * push was no longer due, or it was not known whether it is.
 */
export type Answer =
  | { is: "unsent" }
  | { is: "sent" }
  | { is: "gone" }
  | { is: "later"; retryAfterMs: number | null; isHung?: true }
  | { is: "refused" };

/** A way to devices. `Target` is the address of a device. */
export interface Transport<Target> {
  /** The service by which requests are counted and logged; null if no push may be sent there. */
  serviceOf(target: Target): string | null;
  send(target: Target, push: Push, isStillDue: IsStillDue): Promise<Answer>;
}

/** How long a request may take; tests wait shorter. */
export const patience: { ms: number } = { ms: pushing.requestMs };

/** What a service answered: its status, its headers, and as much of its text as was asked for. */
export type Reply = { status: number; headers: Headers; text: string };

/** Why there is no reply: none came in time, or the connection broke. */
export type NoReply = { status: null; isHung: boolean };

export function noReply({ isHung }: NoReply): Answer {
  return isHung ? { is: "later", retryAfterMs: null, isHung } : { is: "later", retryAfterMs: null };
}

/**
 * Asks a service, follows no redirect, and waits a bounded time. Errors of `fetch` may name the address, so nothing of them is passed on or logged.
 * `readsText`: at which answers the text is read.
 */
export async function post(
  url: string,
  { headers, body }: { headers: Record<string, string>; body: BodyInit },
  readsText: (status: number) => boolean = () => false,
): Promise<Reply | NoReply> {
  const signal = AbortSignal.timeout(patience.ms);
  try {
    const response = await fetch(url, { method: "POST", headers, body, redirect: "manual", signal });
    const text = readsText(response.status) ? await readSome(response) : "";
    // A connection whose answer is not read stays open, and there are few of them.
    if (!response.bodyUsed) await response.body?.cancel();
    return { status: response.status, headers: response.headers, text };
  } catch {
    return { status: null, isHung: signal.aborted };
  }
}

/** The first bytes of an answer. A service that sends without end is not listened to. */
async function readSome(response: Response): Promise<string> {
  const parts: Uint8Array[] = [];
  let size = 0;
  for await (const part of response.body ?? []) {
    parts.push(part);
    size += part.byteLength;
    if (size >= pushing.answerBytesMax) break;
  }
  return new TextDecoder().decode(Buffer.concat(parts).subarray(0, pushing.answerBytesMax));
}
