/**
 * Owns when a hibernating socket was last heard, which means: when a frame of its client was last received. The runtime notes each `ping` that it answers
 * while the object sleeps. Other frames are noted here: in memory to the millisecond, and in the socket's attachment at most once a second, because
 * an attachment is always written as a whole.
 */
import type { TimeMs } from "../../../schema/ids.ts";
import { now, timeOf } from "../platform/clock.ts";

/** The fields of an attachment that this needs. */
export type HeardAttachment = { openedAt: TimeMs; heardAt?: TimeMs };

const keepMs = 1_000;

export class LastHeard {
  readonly #ctx: DurableObjectState;
  readonly #exactly = new WeakMap<WebSocket, TimeMs>();

  constructor(ctx: DurableObjectState) {
    this.#ctx = ctx;
  }

  /** When the socket was last heard; being opened counts. */
  at(socket: WebSocket, { openedAt, heardAt }: HeardAttachment): TimeMs {
    const answered = this.#ctx.getWebSocketAutoResponseTimestamp(socket);
    const noted = this.#exactly.get(socket) ?? heardAt ?? openedAt;
    return answered === null ? noted : Math.max(noted, timeOf(answered));
  }

  /** A frame other than `ping` was heard. */
  note(socket: WebSocket, attachment: HeardAttachment): void {
    const at = now();
    this.#exactly.set(socket, at);
    if (at - (attachment.heardAt ?? attachment.openedAt) < keepMs) return;
    attachment.heardAt = at;
    socket.serializeAttachment(attachment);
  }
}
