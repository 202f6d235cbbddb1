/** Owns what the user keeps of a conversation's messages for themself, as this device knows it: stars, and what they have hidden. */
import { shared } from "../abortable.ts";
import { type Hidden, isHidden, withHidden, withoutHidden } from "../../core/marks/hidden.ts";
import {
  deleteStar,
  getMarks,
  type Marks as KeptMarks,
  putHidden,
  putStar,
} from "../../schema/http/conversation/marks.ts";
import { inboxHolds } from "../../schema/search-limits.ts";
import type { Act, ActOf } from "../act.ts";
import type { HiddenMessages } from "../contract/conversation/hiding.ts";
import type { Summary } from "../../schema/wire/inbox.ts";
import type { Clock } from "../contract/platform.ts";
import type { Api } from "../session/api.ts";
import { State } from "../observable.ts";

/** What is hidden, the same object as long as nothing changes; and the stretches that it was made of. */
type Hides = HiddenMessages & { readonly hidden: Hidden };

export interface MarksParts {
  readonly conversationId: string;
  readonly api: Api;
  readonly clock: Clock;
  /** Own acts that the server has not answered yet. They are shown already. */
  readonly acts: () => readonly Act[];
  /** Something is hidden, or shown again, from this message on. */
  readonly onHides?: (from: number) => void;
  /** `kept` is another than before, and is to be stored. */
  readonly onKept?: () => void;
}

/** How long a timeline waits to know what is hidden of it. */
const knownWithinMs = 3_000;
const nothingCleared = { seq: 0, rev: 0 };
/** How often the marks are asked for in a row, if they change faster than they come. */
const triesMax = 3;

export class Marks {
  readonly #parts: MarksParts;
  readonly starred = new State<ReadonlySet<number>>(new Set());
  readonly hides = new State<Hides>(hidesOf([], nothingCleared));
  /** The version of the marks that are known here; 0 where the user never marked anything. */
  #version = 0;
  /** The newest version that is known to be. */
  #wanted = 0;
  #told: ReadonlySet<number> = new Set();
  #toldHidden: Hidden = [];
  #cleared = nothingCleared;
  #kept: KeptMarks | undefined;

  constructor(parts: MarksParts) {
    this.#parts = parts;
  }

  /** To be stored; the same object as long as the server said nothing else. */
  get kept(): KeptMarks | undefined {
    return this.#kept;
  }

  /** What storage kept, until the server says something newer. */
  restore(kept: KeptMarks): void {
    if (kept.marksVersion > this.#version) this.#take(kept);
  }

  /** Nothing is shown that the user has hidden: a device that does not know yet what that is asks first. Without network that is not waited for. */
  async known(kept: KeptMarks | undefined, row: Summary | undefined): Promise<void> {
    if (kept !== undefined) this.restore(kept);
    const { promise: late, resolve } = Promise.withResolvers<void>();
    const stop = this.#parts.clock.after(knownWithinMs, resolve);
    const known = this.ready(row).catch(() => undefined);
    await Promise.race([known, late]);
    stop();
  }

  /** Asks for the marks, if the row says that they are others than those that are known here. */
  compare(row: Summary | undefined): void {
    this.ready(row).catch(() => undefined);
  }

  /** Resolves when the marks are those that the row speaks of. */
  async ready(row: Summary | undefined): Promise<void> {
    const { marksVersion = 0, cleared = nothingCleared } = row ?? {};
    if (row !== undefined && (cleared.seq !== this.#cleared.seq || cleared.rev !== this.#cleared.rev)) {
      this.#cleared = cleared;
      this.#show();
    }
    this.#wanted = Math.max(this.#wanted, marksVersion);
    if (marksVersion > this.#version) await this.#ask();
  }

  /** Own acts are others than before. */
  readonly actsChanged = (): void => this.#show();

  /** One try. */
  async perform(act: ActOf<"star" | "hide">): Promise<void> {
    if (act.kind === "star") return await this.#star(act);
    await this.#hide(act.hidden, true);
    await this.#hide(act.shown, false);
    // Shown is the act until its marks are here: an answer that was asked for before may come after it.
    if (this.#wanted > this.#version) await this.#ask();
  }

  async #star({ seq, on }: ActOf<"star">): Promise<void> {
    const params = { conversationId: this.#parts.conversationId, seq };
    await this.#parts.api.run(on ? putStar : deleteStar, { params });
    const told = new Set(this.#told);
    if (on) told.add(seq);
    else told.delete(seq);
    this.#told = told;
    if (this.#kept === undefined) return;
    this.#kept = { ...this.#kept, starred: [...told] };
    this.#parts.onKept?.();
  }

  async #hide(all: readonly number[], on: boolean): Promise<void> {
    const params = { conversationId: this.#parts.conversationId };
    const { hiddenAtOnceMax } = inboxHolds;
    for (let at = 0; at < all.length; at += hiddenAtOnceMax) {
      const seqs = all.slice(at, at + hiddenAtOnceMax);
      const { marksVersion } = await this.#parts.api.call(putHidden, { params, body: { seqs, on } });
      this.#wanted = Math.max(this.#wanted, marksVersion);
    }
  }

  /** Asks until the newest version that is known to be is here: the answer to an earlier question may be older. */
  readonly #ask = shared(async () => {
    for (let tries = 0; tries < triesMax; tries++) {
      const params = { conversationId: this.#parts.conversationId };
      this.#take(await this.#parts.api.call(getMarks, { params }));
      this.#parts.onKept?.();
      if (this.#version >= this.#wanted) return;
    }
  });

  #take(marks: KeptMarks): void {
    this.#kept = marks;
    this.#version = marks.marksVersion;
    this.#told = new Set(marks.starred);
    this.#toldHidden = marks.hidden;
    this.#show();
  }

  #show(): void {
    const shown = new Set(this.#told);
    for (const act of this.#parts.acts()) if (act.kind === "star") shown[act.on ? "add" : "delete"](act.seq);
    const before = this.starred.getSnapshot();
    if (shown.size !== before.size || [...shown].some((seq) => !before.has(seq))) this.starred.set(shown);
    this.#showHides();
  }

  #showHides(): void {
    let hidden = this.#toldHidden;
    for (const act of this.#parts.acts())
      if (act.kind === "hide") hidden = withoutHidden(withHidden(hidden, act.hidden), act.shown);
    const before = this.hides.getSnapshot();
    const from = Math.min(
      firstOther(before.hidden, hidden),
      before.cleared.seq === this.#cleared.seq && before.cleared.rev === this.#cleared.rev ? Infinity : 0,
    );
    if (from === Infinity) return;
    this.hides.set(hidesOf(hidden, this.#cleared));
    this.#parts.onHides?.(from);
  }
}

function hidesOf(hidden: Hidden, cleared: Hides["cleared"]): Hides {
  return { cleared, hidden, has: (seq) => isHidden({ cleared, hidden }, seq) };
}

/** The first message that only one of the two has; `Infinity` if they are the same. */
function firstOther(a: Hidden, b: Hidden): number {
  for (let i = 0; i < Math.max(a.length, b.length); i++) {
    const [one, other] = [a[i], b[i]];
    if (one?.from !== other?.from) return Math.min(one?.from ?? Infinity, other?.from ?? Infinity);
    if (one?.to !== other?.to) return Math.min(one?.to ?? Infinity, other?.to ?? Infinity) + 1;
  }
  return Infinity;
}
