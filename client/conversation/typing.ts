/** Owns which members are typing in one conversation, and how often the user's own typing is sent. */
import { postTyping } from "../../schema/http/conversation/messages.ts";
import { limits } from "../../schema/limits.ts";
import type { Api } from "../session/api.ts";
import type { Clock } from "../contract/platform.ts";
import type { UpDraft } from "../link/frame-socket.ts";
import { State } from "../observable.ts";

/** Sent again before the others' devices would stop showing it. */
const sayEveryMs = 4_000;

export interface TypingParts {
  readonly conversationId: string;
  readonly clock: Clock;
  /** The server's clock, by which `until` counts. */
  readonly serverNow: () => number;
  readonly api: Api;
}

export class Typing {
  readonly #parts: TypingParts;
  readonly #ends = new Map<string, () => void>();
  #saidAt = -Infinity;
  readonly users = new State<readonly string[]>([]);

  constructor(parts: TypingParts) {
    this.#parts = parts;
  }

  close(): void {
    for (const end of this.#ends.values()) end();
    this.#ends.clear();
  }

  /** Another member is typing, until then at most. */
  receive(userId: string, until: number): void {
    const ms = Math.min(until - this.#parts.serverNow(), limits.typingMsMax);
    this.#ends.get(userId)?.();
    if (ms <= 0) return this.stopped(userId);
    this.#ends.set(
      userId,
      this.#parts.clock.after(ms, () => this.stopped(userId)),
    );
    const users = this.users.getSnapshot();
    if (!users.includes(userId)) this.users.set([...users, userId]);
  }

  /** The time is over, or the message has arrived. */
  stopped(userId: string): void {
    this.#ends.get(userId)?.();
    this.#ends.delete(userId);
    const users = this.users.getSnapshot();
    if (users.includes(userId)) this.users.set(users.filter((each) => each !== userId));
  }

  /** The user typed something: sends it, unless it was just sent. */
  send(socket: { post(frame: UpDraft): void } | undefined): void {
    const { conversationId, clock, api } = this.#parts;
    const now = clock.now();
    if (now - this.#saidAt < sayEveryMs) return;
    this.#saidAt = now;
    if (socket !== undefined) socket.post({ type: "typing", conversationId });
    // A lost typing sign does no harm: the next one may arrive.
    else api.run(postTyping, { params: { conversationId } }).catch(() => undefined);
  }

  /** The user has sent the message. The next keystroke is sent at once. */
  rest(): void {
    this.#saidAt = -Infinity;
  }
}
