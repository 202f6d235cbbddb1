/**
 * Owns which tab of a browser leads an account. The tab that leads has the account's sockets and writes its cache; the sockets of the other tabs go by way of
 * it. A lock decides which tab leads. Without a lock manager or a channel, and beside a tab of another version, a tab has sockets of its own.
 */
import type { Channel, Clock, OpenChannel, SocketLike, Wakeups } from "../contract/platform.ts";
import type { Locks } from "../storage/locks.ts";
import { Hub } from "./hub.ts";
import { LeaderLine } from "./leader-line.ts";
import type { ServedAccount } from "./served-account.ts";
import { readTabMessage, type SocketAsk, tabsVersion, type FromLeader, type ToLeader } from "./tab-messages.ts";

/** After five minutes browsers let the timers of a page that nobody looks at run once a minute: a tab in view leads before that. */
const hiddenMsMax = 240_000;

/** What a tab of any version asks of the tab that leads. */
const asksOfAny = new Set(["open", "say", "ping"]);

export interface TabsParts {
  readonly clock: Clock;
  readonly locks: Locks;
  readonly openChannel: OpenChannel | undefined;
  readonly wakeups: Wakeups;
  /** The name of the lock and of the channel. */
  readonly name: string;
  readonly hub: ServedAccount;
  /** Another tab may have signed in anew. Answers whether it has. */
  readonly adoptStored: () => Promise<boolean>;
  /** This tab leads from now on, or no longer does. */
  readonly onLead: (isLeader: boolean) => void;
  /** The sockets of this tab go another way from now on, and are to be opened anew. */
  readonly onMoved: () => void;
  /** The tab that leads has a link again. */
  readonly onUp: () => void;
  /** Another tab has ended or has come: one that has ended, also long before this, may have left something unsent. */
  readonly onTabs: () => void;
}

/** `asking`: it is not known yet whether another tab leads. `alone`: leads or not, its sockets are its own. */
type Role = "asking" | "follower" | "leader" | "alone";

export class Tabs {
  readonly #parts: TabsParts;
  readonly #line: LeaderLine;
  /** The tabs whose sockets go by way of this one, each with the function that stops watching for its end. */
  readonly #watched = new Map<string, () => void>();
  readonly #endRests: () => void;
  #role: Role = "asking";
  #channel: Channel | undefined;
  #hub: Hub | undefined;
  #stopStanding: () => void = () => undefined;
  #waiting: (() => void)[] = [];
  #isLeader = false;
  #isClosed = false;
  #hiddenAt: number | undefined;

  constructor(parts: TabsParts) {
    this.#parts = parts;
    this.#line = new LeaderLine({
      clock: parts.clock,
      deviceId: parts.hub.deviceId,
      post: (message) => this.#post(message),
      onSilence: () => this.#takeOver(),
    });
    this.#endRests = parts.wakeups.watchRest?.((isResting) => this.#rest(isResting)) ?? (() => undefined);
  }

  /** Whether this tab writes to storage. */
  get isLeader(): boolean {
    return this.#isLeader;
  }

  /** The other tabs, while this one leads them. */
  get hub(): Hub | undefined {
    return this.#hub;
  }

  /** Whether sockets go by way of another tab now. */
  get isFollowing(): boolean {
    return this.#role === "follower";
  }

  /** Whether it is known which way sockets go. */
  get isDecided(): boolean {
    return this.#role !== "asking" || this.#isClosed;
  }

  start(): void {
    const { openChannel, locks, name } = this.#parts;
    if (openChannel === undefined || !locks.areShared) this.#become("alone");
    else {
      this.#channel = openChannel(`parley ${name}`);
      this.#channel.listen((message) => this.#received(message));
    }
    this.#stand();
    // This is asked for after the lock: if another tab has the lock, this one is behind it in the line.
    locks.isLed(name).then(
      (isLed) => {
        if (isLed && this.#role === "asking") this.#become("follower");
      },
      () => {
        if (this.#role === "asking") this.#become("alone");
      },
    );
  }

  close(): void {
    this.#isClosed = true;
    this.#endRests();
    this.#resign();
    this.#line.close();
    this.#channel?.close();
    this.#wake();
  }

  /** Resolves when it is known which way sockets go. */
  async decided(): Promise<void> {
    while (!this.isDecided) await new Promise<void>((resolve) => this.#waiting.push(resolve));
  }

  /** A socket by way of the tab that leads. */
  open(ask: SocketAsk): SocketLike {
    return this.#line.open(ask);
  }

  #received(message: unknown): void {
    const heard = readTabMessage(message, this.#parts.locks.instance);
    if (heard === undefined || this.#isClosed) return;
    if (heard.as === "ask") this.#asked(heard.from, heard.message);
    else if (heard.as === "order") this.#obey(heard.from, heard.message);
    else if (heard.kind === "foreign") this.#estrange();
    else if (asksOfAny.has(heard.kind) && this.#hub !== undefined) this.#post({ kind: "foreign" }, heard.from);
  }

  #asked(from: string, message: ToLeader): void {
    if (this.#hub === undefined) return;
    this.#post({ kind: "here", hiddenMs: this.#hiddenMs() }, from);
    if (!this.#watched.has(from)) {
      this.#watched.set(
        from,
        this.#parts.locks.watchEnd(from, () => this.#ended(from)),
      );
      this.#parts.onTabs();
    }
    const { hub, adoptStored } = this.#parts;
    if (message.kind !== "open" || message.deviceId === hub.deviceId()) return this.#hub.receive(from, message);
    // That tab has signed in anew, or keeps its storage for itself.
    void adoptStored().then(() => {
      if (message.deviceId === hub.deviceId()) this.#hub?.receive(from, message);
      else this.#post({ kind: "foreign" }, from);
    });
  }

  #obey(from: string, message: FromLeader): void {
    const { kind } = message;
    if (this.#role === "alone" && kind === "lead") this.#become("follower");
    if (this.#role !== "follower") return;
    this.#line.receive(from, message);
    if (kind === "up") this.#parts.onUp();
    if (kind === "here" && message.hiddenMs >= hiddenMsMax) this.#takeOver();
    if (kind !== "foreign") return;
    void this.#parts.adoptStored().then((isNewer) => {
      if (isNewer) this.#line.endAll();
      else this.#estrange();
    });
  }

  #estrange(): void {
    if (this.#role === "follower") this.#become("alone");
  }

  #ended(tab: string): void {
    this.#watched.delete(tab);
    this.#hub?.ended(tab);
    this.#parts.onTabs();
  }

  /** Waits for the lock, or takes it from the tab that has it. */
  #stand(steal = false): void {
    const { locks, name } = this.#parts;
    this.#stopStanding = locks.lead(name, { onLead: () => this.#lead(), onLost: () => this.#lost(), steal });
  }

  #lead(): void {
    const { locks, hub, onLead } = this.#parts;
    this.#isLeader = true;
    if (this.#channel !== undefined) this.#hub = new Hub(hub, (message, to) => this.#post(message, to));
    onLead(true);
    this.#become("leader");
    // If this is the only tab, nobody listens.
    locks.alive().then(
      (all) => {
        if (all.size > 1 && this.#isLeader) this.#post({ kind: "lead" });
      },
      () => undefined,
    );
  }

  /** Another tab has taken the lead: this one was frozen, or out of view for long. */
  #lost(): void {
    this.#unlead();
    if (this.#isClosed) return;
    this.#stand();
    this.#become("follower");
  }

  #resign(): void {
    this.#stopStanding();
    this.#unlead();
  }

  #unlead(): void {
    if (!this.#isLeader) return;
    this.#isLeader = false;
    this.#parts.onLead(false);
    this.#hub?.close();
    this.#hub = undefined;
    for (const stop of this.#watched.values()) stop();
    this.#watched.clear();
  }

  #takeOver(): void {
    if (this.#role !== "follower" || this.#hiddenMs() > 0 || this.#isClosed) return;
    this.#stopStanding();
    this.#stand(true);
  }

  /** The browser is about to freeze the page, or has woken it. A frozen page can neither lead nor follow, nor is anything to wait for it. */
  #rest(isResting: boolean): void {
    if (this.#isClosed || !this.#parts.locks.areShared) return;
    if (!isResting) {
      if (this.#role === "asking" && this.#channel === undefined) this.start();
      return;
    }
    this.#resign();
    this.#become("asking");
    this.#channel?.close();
    this.#channel = undefined;
  }

  #become(role: Role): void {
    const before = this.#role;
    this.#role = role;
    if (before === "follower") this.#line.close();
    const isOwn = (each: Role) => each === "leader" || each === "alone";
    if (before !== role && before !== "asking" && !(isOwn(before) && isOwn(role))) this.#parts.onMoved();
    if (role !== "asking") this.#wake();
  }

  #wake(): void {
    for (const resolve of this.#waiting.splice(0)) resolve();
  }

  #post(message: ToLeader | FromLeader, to?: string): void {
    const { instance } = this.#parts.locks;
    this.#channel?.post({ ...message, v: tabsVersion, from: instance, ...(to === undefined ? {} : { to }) });
  }

  /** For how long nobody has looked at this tab, as far as it has noticed. */
  #hiddenMs(): number {
    const { wakeups, clock } = this.#parts;
    if (wakeups.isHidden?.() !== true) {
      this.#hiddenAt = undefined;
      return 0;
    }
    this.#hiddenAt ??= clock.now();
    return Math.max(1, clock.now() - this.#hiddenAt);
  }
}
