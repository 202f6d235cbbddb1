/** Owns what programs see of a conversation's history: its timeline, and windows on other parts of it. */
import type { HiddenMessages } from "../contract/conversation/hiding.ts";
import type { PendingMessage, Timeline } from "../contract/conversation/conversation.ts";
import { Derived } from "../observable.ts";
import type { Place } from "../sync/memory.ts";
import type { ActsOverlay } from "../timeline/acts-overlay.ts";
import { TimelineViewer } from "../timeline/view/timeline-view.ts";
import type { ConversationSync } from "../sync/conversation-sync.ts";
import { HistoryWindow } from "./history-window.ts";

export interface ViewsParts {
  readonly userId: string;
  readonly sync: Pick<ConversationSync, "timeline" | "shown" | "history">;
  readonly reactions: ActsOverlay;
  readonly pending: () => readonly PendingMessage[];
  readonly isStale: () => boolean;
  readonly hides?: (() => HiddenMessages) | undefined;
}

export class Views {
  readonly #parts: ViewsParts;
  readonly timeline: Derived<Timeline>;
  /** The windows that are in use. */
  readonly #windows = new Set<HistoryWindow>();

  constructor(parts: ViewsParts) {
    const { sync, userId, reactions, pending, isStale, hides } = parts;
    this.#parts = parts;
    const viewer = new TimelineViewer({ timeline: sync.shown, userId, overlay: reactions, hides });
    this.timeline = new Derived(() => viewer.view({ pending: pending(), isStale: isStale() }), "changes");
  }

  get places(): readonly Place[] {
    return [...this.#windows].map(({ place }) => place);
  }

  window(around: number): HistoryWindow {
    return new HistoryWindow({
      ...this.#parts,
      around,
      onUse: (window, isInUse) => this.#windows[isInUse ? "add" : "delete"](window),
    });
  }

  /** Other messages are hidden, from this one on. `singles`: those that are shown one by one. */
  hidesChanged(from: number, singles: { hidesChanged(): void }): void {
    this.#parts.sync.timeline.touched.from(from);
    this.touch();
    singles.hidesChanged();
  }

  /** What the timeline and the windows show may have changed. */
  readonly touch = (): void => {
    this.timeline.touch();
    for (const window of this.#windows) window.touch();
  };
}
