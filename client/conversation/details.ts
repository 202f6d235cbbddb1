/** Owns the details of a conversation (title, members, policy, the user's role) and when they are fetched again. */
import type { SharedDetails } from "../../schema/wire/change.ts";
import type { Conversation } from "../../schema/wire/conversation.ts";
import type { Summary } from "../../schema/wire/inbox.ts";
import type { Act } from "../act.ts";
import type { Clock } from "../contract/platform.ts";
import { Derived, State } from "../observable.ts";
import { isSame } from "../same.ts";

/** Changes of members come in bursts; the details are fetched after the last one. */
const refreshAfterMs = 300;

export class Details {
  readonly #clock: Clock;
  readonly #ask: () => Promise<Conversation>;
  readonly #moment: () => number;
  readonly #onFresh: (details: Conversation, asked: number) => void;
  /** As the server says. */
  readonly state = new State<Conversation | undefined>(undefined);
  /** With what the user has just pinned, or taken away. */
  readonly shown: Derived<Conversation | undefined>;
  #asking: Promise<void> | undefined;
  #cancel: (() => void) | undefined;

  /** `onFresh` is told what `moment` said when the details were asked for: what came since then is newer than they are. */
  constructor(
    clock: Clock,
    ask: () => Promise<Conversation>,
    moment: () => number,
    onFresh: (details: Conversation, asked: number) => void,
    acts: () => readonly Act[] = () => [],
  ) {
    this.#clock = clock;
    this.#ask = ask;
    this.#moment = moment;
    this.#onFresh = onFresh;
    const pinning = (details: Conversation | undefined, act: Act) =>
      act.kind === "pin" && details !== undefined ? withPin(details, act.seq, act.on) : details;
    this.shown = new Derived(() => acts().reduce(pinning, this.state.getSnapshot()), "changes");
    this.state.subscribe(() => this.shown.touch());
  }

  /** What the server answered. */
  take(details: Conversation, asked = this.#moment()): void {
    this.#set(details);
    this.#onFresh(details, asked);
  }

  /** The same, of a call that was made for something else. */
  async answered(call: Promise<Conversation>): Promise<Conversation> {
    const asked = this.#moment();
    const details = await call;
    this.take(details, asked);
    return details;
  }

  /** What a cache kept, which is shown until the server has answered. */
  restore(details: Conversation): void {
    if (this.state.getSnapshot() === undefined) this.state.set(details);
  }

  /** The details of the conversation in a change frame. */
  takeShared(shared: SharedDetails): void {
    const details = this.state.getSnapshot();
    if (details === undefined) return;
    // A conversation in which nothing is pinned does not say so.
    const { pinned: _, ...rest } = details;
    this.#set({ ...rest, ...shared });
  }

  /** The user's pin is made, or taken away, as a call answered. */
  takePin(seq: number, on: boolean): void {
    const details = this.state.getSnapshot();
    if (details !== undefined) this.#set(withPin(details, seq, on));
  }

  /** The row of the inbox says who the peer is, and what the user's role is, without a change frame. */
  compare({ title, role, peer }: Summary): void {
    const details = this.state.getSnapshot();
    if (details === undefined) return;
    const isSame = details.title === title && details.me.role === role && details.peer?.name === peer?.name;
    if (!isSame) this.refreshSoon();
  }

  refresh(): Promise<void> {
    this.#asking ??= this.answered(this.#ask())
      .then(() => undefined)
      .finally(() => {
        this.#asking = undefined;
      });
    return this.#asking;
  }

  /** Fetches the details again after a while, if they were ever asked for. */
  refreshSoon(): void {
    if (this.state.getSnapshot() === undefined) return;
    this.#cancel?.();
    this.#cancel = this.#clock.after(refreshAfterMs, () => {
      this.refresh().catch(() => undefined);
    });
  }

  close(): void {
    this.#cancel?.();
  }

  /** Listeners are called only if something differs: without a socket the same details are fetched again and again. */
  #set(details: Conversation): void {
    if (!isSame(details, this.state.getSnapshot())) this.state.set(details);
  }
}

/** The newest pin comes first; details without pins do not name any. */
function withPin({ pinned = [], ...details }: Conversation, seq: number, on: boolean): Conversation {
  const others = pinned.filter((each) => each !== seq);
  const now = !on ? others : pinned.includes(seq) ? pinned : [seq, ...others];
  return now.length === 0 ? details : { ...details, pinned: now };
}
