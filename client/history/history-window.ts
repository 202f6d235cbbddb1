/** Owns one window: a part of a conversation's history that is shown beside the timeline and shares its messages. */
import type { HiddenMessages } from "../contract/conversation/hiding.ts";
import type { Seq } from "../../schema/ids.ts";
import { abortable } from "../abortable.ts";
import type {
  HistoryWindow as HistoryWindowView,
  PendingMessage,
  Timeline as Shown,
  WindowState,
} from "../contract/conversation/conversation.ts";
import type { CallOptions } from "../contract/page.ts";
import { ParleyError } from "../errors.ts";
import { Derived } from "../observable.ts";
import { Place } from "../sync/memory.ts";
import type { ActsOverlay } from "../timeline/acts-overlay.ts";
import { spanOf, type Span } from "../timeline/spans.ts";
import type { Timeline } from "../timeline/timeline.ts";
import { TimelineViewer, type Viewed } from "../timeline/view/timeline-view.ts";
import type { ConversationSync } from "../sync/conversation-sync.ts";

export interface WindowParts {
  readonly around: Seq;
  readonly userId: string;
  readonly sync: Pick<ConversationSync, "timeline" | "history">;
  readonly reactions: Pick<ActsOverlay, "apply">;
  readonly pending: () => readonly PendingMessage[];
  readonly isStale: () => boolean;
  readonly hides?: (() => HiddenMessages) | undefined;
  /** Called when the window begins or ceases to be in use, that is, to have subscribers or calls under way. */
  readonly onUse: (window: HistoryWindow, isInUse: boolean) => void;
}

/** A window is short, so all of it is derived anew. */
const everything = { from: 0, states: new Set<Seq>() };
const nothing = { from: Infinity, states: new Set<Seq>() };

export class HistoryWindow implements HistoryWindowView {
  /** The messages that memory keeps for it. */
  readonly place = new Place();
  readonly #parts: WindowParts;
  readonly #state: Derived<WindowState>;
  /** A message of the window: first the one that it was made for, then the one at the end that was extended last. */
  #at: Seq;
  #wasLoaded = false;
  #isReloading = false;
  #uses = 0;
  #seen: Shown | undefined;

  constructor(parts: WindowParts) {
    this.#parts = parts;
    this.#at = parts.around;
    const viewer = new TimelineViewer({
      timeline: viewedOf(parts.sync.timeline, () => this.#span),
      userId: parts.userId,
      overlay: { apply: parts.reactions.apply, touched: { take: () => nothing } },
      hides: parts.hides,
    });
    this.#state = new Derived((before) => this.#stateOf(viewer, before), "changes");
  }

  readonly subscribe = (listener: () => void): (() => void) => {
    const end = this.#state.subscribe(listener);
    const leave = this.#use();
    return () => {
      end();
      leave();
    };
  };

  readonly getSnapshot = (): WindowState => {
    // While the window is not in use it receives no `touch`.
    if (this.#uses === 0) this.#state.touch();
    return this.#state.getSnapshot();
  };

  readonly load = ({ signal }: CallOptions = {}): Promise<void> =>
    abortable(
      this.#using(() => this.#load()),
      signal,
    );
  readonly before = ({ signal }: CallOptions = {}): Promise<boolean> => abortable(this.#beside("before"), signal);
  readonly after = ({ signal }: CallOptions = {}): Promise<boolean> => abortable(this.#beside("after"), signal);

  /** What is in memory may have changed. If the messages of the window are gone, because the server's store was restored, they are loaded again. */
  touch(): void {
    this.#state.touch();
    if (!this.#wasLoaded || this.#isReloading || this.#span !== undefined) return;
    this.#isReloading = true;
    this.load()
      .catch((error: unknown) => {
        // The message is not there any more.
        if (error instanceof ParleyError && error.retry === "never") this.#wasLoaded = false;
      })
      .finally(() => void (this.#isReloading = false));
  }

  get #span(): Span | undefined {
    return spanOf(this.#parts.sync.timeline.spans, this.#at);
  }

  async #load(): Promise<void> {
    await this.#parts.sync.history.around(this.#at, this.place);
    this.#wasLoaded = true;
    this.place.inView(this.#at, this.#at);
  }

  #beside(side: "before" | "after"): Promise<boolean> {
    return this.#using(async () => {
      if (this.#span === undefined) await this.#load();
      const edge = () => {
        const span = this.#span;
        if (span === undefined) return undefined;
        this.#at = side === "before" ? span.after + 1 : span.to;
        this.place.inView(this.#at, this.#at);
        return span;
      };
      await this.#parts.sync.history.beside(edge, side, this.place);
      const { hasBefore, hasAfter } = this.getSnapshot();
      return side === "before" ? hasBefore : hasAfter;
    });
  }

  #stateOf(viewer: TimelineViewer, before: WindowState | undefined): WindowState {
    const { sync, pending, isStale } = this.#parts;
    const { headSeq } = sync.timeline.facts;
    const span = this.#span;
    const hasAfter = span !== undefined && span.to < headSeq;
    const isAtEnd = span !== undefined && !hasAfter;
    const seen = viewer.view({ pending: isAtEnd ? pending() : [], isStale: isStale() });
    if (before !== undefined && seen === this.#seen && before.hasAfter === hasAfter && before.headSeq === headSeq)
      return before;
    this.#seen = seen;
    return { ...seen, headSeq, hasAfter };
  }

  async #using<T>(task: () => Promise<T>): Promise<T> {
    const leave = this.#use();
    try {
      return await task();
    } finally {
      leave();
    }
  }

  #use(): () => void {
    if (this.#uses++ === 0) this.#parts.onUse(this, true);
    let isIn = true;
    return () => {
      if (isIn && --this.#uses === 0) this.#parts.onUse(this, false);
      isIn = false;
    };
  }
}

/** One stretch of a timeline, as the window's viewer sees it; empty while it is not loaded. */
function viewedOf(timeline: Timeline, span: () => Span | undefined): Viewed {
  return {
    get facts() {
      const { facts } = timeline;
      const end = span()?.to;
      // The window does not show a hole behind it.
      return { ...facts, headSeq: Math.min(facts.headSeq, end ?? 0), rev: end === undefined ? null : facts.rev };
    },
    get spans() {
      const own = span();
      return own === undefined ? [] : [own];
    },
    get hasBefore() {
      return timeline.mayPrecede(span());
    },
    get isBehind() {
      return timeline.isBehind;
    },
    messages: timeline.messages,
    notices: timeline.notices,
    touched: { take: () => everything },
  };
}
