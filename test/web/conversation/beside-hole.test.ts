/** A reader scrolls up into a hole that is filled meanwhile: a list with rows of different heights, in which the view of itself stays at its first row. */
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import type { Message } from "../../../client/index.ts";
import { BesideHole } from "../../../web/conversation/timeline/loading/beside-hole.ts";
import type { Row } from "../../../web/conversation/timeline/rows.ts";
import { modelConversation, modelUsers } from "../../rig/client/conversation/conversation-model.ts";
import { clientId } from "../../../schema/ids.ts";

const viewPx = 600;
const holePx = 120;
const user = modelUsers[0];
if (user === undefined) throw new Error("nobody");

const messageRow = (seq: number): Row => {
  const message: Message = {
    ...{
      conversationId: modelConversation,
      seq,
      rev: seq,
      senderId: user,
      clientId: clientId.parse(`k${seq}`),
      text: "",
    },
    ...{
      sentAt: 0,
      editedAt: null,
      unsentAt: null,
      replyTo: null,
      mentions: [],
      reactions: [],
      attachments: [],
      hash: "",
    },
  };
  const entry: Row["entry"] = { kind: "message", key: `m${seq}`, message, isOwn: false };
  return { key: entry.key, entry, day: null, isFirstUnread: false, isRunStart: true, isRunEnd: true };
};
const holeRow = (after: number, before: number): Row => {
  const entry: Row["entry"] = { kind: "hole", key: `hole ${after}`, hole: { after, before } };
  return { key: entry.key, entry, day: null, isFirstUnread: false, isRunStart: false, isRunEnd: false };
};
const heightOf = ({ entry }: Row): number => (entry.kind === "message" ? 30 + ((entry.message.seq * 37) % 90) : holePx);

/** Messages 1 to `after`, a hole, messages `before` to 300. */
class Scroller {
  readonly #beside: BesideHole | null;
  readonly #after = 100;
  #before = 200;
  #rows: readonly Row[] = [];
  #topPx = 0;

  constructor(beside: BesideHole | null) {
    this.#beside = beside;
    this.#lay();
    this.#topPx = this.startPx(`m${this.#before}`);
    this.#look();
  }

  get holes(): number {
    return this.#rows.filter(({ entry }) => entry.kind === "hole").length;
  }
  /** Where a row stands on the screen. */
  onScreenPx(key: string): number {
    return this.startPx(key) - this.#topPx;
  }
  get isHoleInView(): boolean {
    const [first, last] = this.#visible();
    return this.#rows.slice(first, last + 1).some(({ entry }) => entry.kind === "hole");
  }
  get before(): number {
    return this.#before;
  }

  scrollUp(px: number): void {
    this.#topPx = Math.max(0, this.#topPx - px);
    this.#look();
  }

  /** A page comes in at the newer end of the hole. The view stays at its first row, as virtual lists have it. */
  fill(count: number): void {
    const first = this.#rows[this.#visible()[0]];
    const standsAt = first === undefined ? 0 : this.onScreenPx(first.key);
    this.#before = Math.max(this.#after + 1, this.#before - count);
    this.#lay();
    if (first !== undefined && this.#rows.some(({ key }) => key === first.key))
      this.#topPx = this.startPx(first.key) - standsAt;
    this.#look();
  }

  startPx(key: string): number {
    let px = 0;
    for (const row of this.#rows) {
      if (row.key === key) return px;
      px += heightOf(row);
    }
    throw new Error(`${key} is not in the list`);
  }

  #lay(): void {
    const [after, before] = [this.#after, this.#before];
    const older = Array.from({ length: after }, (_, i) => messageRow(i + 1));
    const newer = Array.from({ length: 301 - before }, (_, i) => messageRow(before + i));
    this.#rows = [...older, ...(before - after > 1 ? [holeRow(after, before)] : []), ...newer];
  }

  #visible(): [number, number] {
    let [px, first, last] = [0, -1, 0];
    for (const [index, row] of this.#rows.entries()) {
      const end = px + heightOf(row);
      if (first === -1 && end > this.#topPx) first = index;
      if (px < this.#topPx + viewPx) last = index;
      px = end;
    }
    return [Math.max(0, first), last];
  }

  #look(): void {
    for (let i = 0; i < 3; i++) {
      const [firstVisible, lastVisible] = this.#visible();
      const startPx = (index: number) => {
        const row = this.#rows[index];
        return row === undefined ? undefined : this.startPx(row.key);
      };
      const px = this.#beside?.look({ rows: this.#rows, startPx, firstVisible, lastVisible }, () => "before") ?? 0;
      this.#topPx += px;
    }
  }
}

describe("a hole that is filled while the reader, who comes from below, has it in view", () => {
  test("[W6] leaves what they came from where it stood, and does not stay in view", () => {
    const scroller = new Scroller(new BesideHole());
    scroller.scrollUp(450);
    expect(scroller.isHoleInView).toBe(true);
    const stood = scroller.onScreenPx("m200");
    scroller.fill(50);
    expect(scroller.onScreenPx("m200")).toBe(stood);
    expect([scroller.isHoleInView, scroller.holes]).toEqual([false, 1]);
    // Without it the view runs to the other end of the hole.
    const without = new Scroller(null);
    without.scrollUp(450);
    without.fill(50);
    expect(without.onScreenPx("m200")).toBeGreaterThan(stood + viewPx);
    expect(without.isHoleInView).toBe(true);
  });

  test("[W6] does so wherever the reader stands, and however much comes", () => {
    fc.assert(
      fc.property(
        fc.array(fc.record({ up: fc.integer({ min: 1, max: 500 }), count: fc.integer({ min: 1, max: 60 }) }), {
          minLength: 1,
          maxLength: 12,
        }),
        (steps) => {
          const scroller = new Scroller(new BesideHole());
          for (const { up, count } of steps) {
            scroller.scrollUp(up);
            const { isHoleInView, before } = scroller;
            const stood = scroller.onScreenPx(`m${before}`);
            // The last page takes the row of the hole away, which may be the first in view.
            scroller.fill(Math.min(count, before - 102));
            if (isHoleInView && stood < viewPx) expect(scroller.onScreenPx(`m${before}`)).toBe(stood);
          }
        },
      ),
    );
  });
});
