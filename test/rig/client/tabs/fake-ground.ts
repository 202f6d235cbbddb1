/** What the tabs of one browser share, without a browser: locks and channels in memory. A tab can be frozen, thawed and killed. */
import type { Channel, Clock, CommonGround } from "../../../../client/index.ts";

interface Request {
  readonly tab: FakeTab;
  readonly task: () => Promise<void>;
  readonly settle: (error?: Error) => void;
}

/** What a tab's browser lacks, and the version of the app in it, if it is another one. */
export interface Lacks {
  readonly locks?: boolean;
  readonly channels?: boolean;
  readonly speaks?: string;
}

interface OpenChannel {
  readonly tab: FakeTab;
  readonly name: string;
  readonly speaks: string | undefined;
  readonly listeners: ((message: unknown) => void)[];
}

/** One tab. While it is frozen its events wait; once it is dead they never happen. */
export class FakeTab {
  readonly common: CommonGround;
  readonly name: string;
  readonly #ground: FakeGround;
  #state: "runs" | "frozen" | "dead" = "runs";
  #waiting: (() => void)[] = [];
  #isAsleep = false;

  constructor(name: string, ground: FakeGround, common: (tab: FakeTab) => CommonGround) {
    this.name = name;
    this.#ground = ground;
    this.common = common(this);
  }

  get isRunning(): boolean {
    return this.#state === "runs";
  }

  get isDead(): boolean {
    return this.#state === "dead";
  }

  readonly run = (task: () => void): void => {
    if (this.#state === "runs") task();
    else if (this.#state === "frozen") this.#waiting.push(task);
  };

  /** The clock of the tab: its timers stand still while the tab is frozen. */
  clock(clock: Clock): Clock {
    const ring = (task: () => void) => {
      if (!this.#isAsleep) this.run(task);
    };
    return { now: () => clock.now(), after: (ms, task) => clock.after(ms, () => ring(task)) };
  }

  /** As in a page that nobody has looked at for long. */
  stopTimers(): void {
    this.#isAsleep = true;
  }

  /** Freezes the tab without an event to it, because not every browser sends one. */
  freeze(): void {
    this.#state = "frozen";
  }

  thaw(): void {
    this.#state = "runs";
    for (const task of this.#waiting.splice(0)) this.run(task);
  }

  kill(): void {
    this.#state = "dead";
    this.#ground.forget(this);
  }
}

export class FakeGround {
  /** Messages that were posted on channels. */
  posts = 0;
  #tabs = 0;
  readonly #held = new Map<string, Request>();
  readonly #queues = new Map<string, Request[]>();
  #channels: OpenChannel[] = [];

  /** `without`: what this browser lacks. */
  tab(without: Lacks = {}): FakeTab {
    return new FakeTab(`tab ${++this.#tabs}`, this, (tab) => ({
      ...(without.locks === true ? {} : { locks: this.#locks(tab) }),
      ...(without.channels === true ? {} : { openChannel: (name: string) => this.#channel(tab, name, without.speaks) }),
    }));
  }

  /** The tabs that hold the lead of an account. */
  leaders(): FakeTab[] {
    return [...this.#held].flatMap(([name, { tab }]) => (name.includes(" link ") ? [tab] : []));
  }

  forget(tab: FakeTab): void {
    this.#channels = this.#channels.filter((each) => each.tab !== tab);
    for (const [name, queue] of this.#queues)
      this.#queues.set(
        name,
        queue.filter((each) => each.tab !== tab),
      );
    for (const [name, request] of this.#held) if (request.tab === tab) this.#release(name, request);
  }

  #locks(tab: FakeTab): NonNullable<CommonGround["locks"]> {
    return {
      request: async (name, { signal, steal }, task) =>
        await new Promise<void>((resolve, reject) => {
          // What a tab was about to do when it died.
          if (tab.isDead) return;
          const settle = (error?: Error) => {
            if (error === undefined) resolve();
            // As the specification has it, with a DOMException named AbortError.
            else tab.run(() => reject(error));
          };
          const request: Request = { tab, task, settle };
          if (steal === true) {
            const robbed = this.#held.get(name);
            this.#held.delete(name);
            robbed?.settle(aborted());
            this.#grant(name, request);
            return;
          }
          const queue = this.#queues.get(name) ?? [];
          this.#queues.set(name, [...queue, request]);
          signal?.addEventListener("abort", () => {
            const waiting = this.#queues.get(name) ?? [];
            if (!waiting.includes(request)) return;
            this.#queues.set(
              name,
              waiting.filter((each) => each !== request),
            );
            settle(aborted());
          });
          this.#next(name);
        }),
      query: () => Promise.resolve({ held: [...this.#held.keys()].map((name) => ({ name })) }),
    };
  }

  #next(name: string): void {
    const [first, ...rest] = this.#queues.get(name) ?? [];
    if (first === undefined || this.#held.has(name)) return;
    this.#queues.set(name, rest);
    this.#grant(name, first);
  }

  #grant(name: string, request: Request): void {
    this.#held.set(name, request);
    queueMicrotask(() =>
      request.tab.run(() => {
        if (this.#held.get(name) !== request) return;
        request.task().then(
          () => {
            this.#release(name, request);
            request.settle();
          },
          (error: unknown) => {
            this.#release(name, request);
            request.settle(error instanceof Error ? error : new Error("the task of a lock failed"));
          },
        );
      }),
    );
  }

  #release(name: string, request: Request): void {
    if (this.#held.get(name) !== request) return;
    this.#held.delete(name);
    this.#next(name);
  }

  #channel(tab: FakeTab, name: string, speaks: string | undefined): Channel {
    const channel: OpenChannel = { tab, name, speaks, listeners: [] };
    this.#channels.push(channel);
    return {
      post: (message) => {
        if (tab.isDead || !this.#channels.includes(channel)) return;
        this.posts++;
        const copy: unknown = translated(structuredClone(message), speaks);
        queueMicrotask(() => {
          for (const other of this.#channels.filter((each) => each !== channel && each.name === name))
            other.tab.run(() => {
              if (this.#channels.includes(other))
                for (const listener of other.listeners) listener(translated(structuredClone(copy), other.speaks));
            });
        });
      },
      listen: (listener) => channel.listeners.push(listener),
      close: () => {
        this.#channels = this.#channels.filter((each) => each !== channel);
      },
    };
  }
}

/** The same message, from another version of the app. */
function translated(message: unknown, speaks: string | undefined): unknown {
  return speaks === undefined || typeof message !== "object" ? message : { ...message, v: speaks };
}

function aborted(): DOMException {
  return new DOMException("the lock was stolen, or the request aborted", "AbortError");
}
