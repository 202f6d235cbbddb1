/** Owns the end of one other tab's socket in the tab that leads: passes its frames on, and keeps the state that the server keeps by socket. */
import { z } from "zod";
import type { PresenceWatch } from "../contract/presence.ts";
import { faultOf } from "../errors.ts";
import type { PassedFrame } from "../link/frame-socket.ts";
import type { Door, ServedAccount } from "./served-account.ts";
import type { SocketAsk } from "./tab-messages.ts";

/** The frames of another tab of the same version that this one must understand. Other frames are passed on unchanged. */
const passedFrame = z.looseObject({
  type: z.string(),
  ref: z.string().optional(),
  on: z.boolean().optional(),
  userIds: z.array(z.string()).optional(),
});

export class Port {
  readonly id: string;
  readonly tab: string;
  readonly ask: SocketAsk;
  readonly #presence: ServedAccount["presence"];
  readonly #answer: (frame: object) => void;
  #watch: PresenceWatch | undefined;
  isOpen = false;
  /** A ping of it was passed on, and its pong is owed. */
  isPinging = false;
  isInFront = false;

  constructor(
    at: { readonly id: string; readonly tab: string; readonly ask: SocketAsk },
    presence: ServedAccount["presence"],
    answer: (frame: object) => void,
  ) {
    this.id = at.id;
    this.tab = at.tab;
    this.ask = at.ask;
    this.#presence = presence;
    this.#answer = answer;
  }

  end(): void {
    this.isOpen = false;
    this.isInFront = false;
    this.#watch?.end();
  }

  /** The tab sent this frame; `door` is the socket that it is for. */
  receive(text: string, door: Door): void {
    for (const element of elementsOf(text)) {
      const frame = passedFrame.safeParse(element).data;
      if (frame === undefined) continue;
      const { ref, ...draft } = frame;
      // This tab's own socket sends `seen` by itself.
      if (draft.type === "seen") continue;
      if (draft.type === "attend") this.isInFront = draft.on === true;
      else if (draft.type === "watch") this.#look(ref, draft.userIds ?? []);
      else if (ref === undefined) door.post(draft);
      else void this.#request(ref, draft, door);
    }
  }

  /** If the server does not answer, the tab gets no answer either: it waits as long as this tab does, or its port closes with the socket. */
  async #request(ref: string, draft: PassedFrame, door: Door): Promise<void> {
    try {
      this.#answer({ ...(await door.request(draft)), type: "ok", ref });
    } catch (error) {
      const { code, detail, retry, retryAfterMs, status } = faultOf(error);
      if (status === 0) return;
      this.#answer({ type: "error", ref, code, detail, retry, ...(retryAfterMs === null ? {} : { retryAfterMs }) });
    }
  }

  /** What this tab knows of them is answered; what it does not know yet follows as it learns it. */
  #look(ref: string | undefined, userIds: readonly string[]): void {
    if (this.#watch === undefined) this.#watch = this.#presence.watch(userIds);
    else this.#watch.update(userIds);
    const presence = userIds.flatMap((userId) => this.#presenceOf(userId));
    if (ref !== undefined) this.#answer({ type: "ok", ref, presence });
  }

  #presenceOf(userId: string): readonly object[] {
    const { status, lastActiveAt } = this.#presence.of(userId).getSnapshot();
    return status === "unknown" ? [] : [{ userId, status, lastActiveAt }];
  }
}

function elementsOf(text: string): readonly unknown[] {
  const json: unknown = JSON.parse(text);
  return Array.isArray(json) ? json : [json];
}
