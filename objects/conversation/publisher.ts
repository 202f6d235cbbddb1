/** Owns publishing the effects of a commit: to live sockets, with one frame for each socket in a turn, and to the members' inboxes by fan-out. */
import { isVisible, mayShowTyping, shownWatermarks, visibleFrom } from "../../core/visibility.ts";
import type { UserId } from "../../schema/ids.ts";
import { now } from "../shared/platform/clock.ts";
import type { DeliveryItem } from "../contract/delivery/delivery.ts";
import { type Effects, noEffects } from "./effects.ts";
import { deliveredRev } from "./fan-out/audience.ts";
import type { FanOut } from "./fan-out/fan-out.ts";
import type { Recent } from "./fan-out/stretches.ts";
import { actorOf, liveFrame, withoutUnsent } from "./messages/items.ts";
import type { GatheredReactions } from "./live/gathered-reactions.ts";
import type { Typists } from "./live/typists.ts";
import type { LargeGroup } from "./large/large-group.ts";
import type { LiveSockets, Shown } from "./live/live-sockets.ts";
import { type Sign, Signs } from "./live/signs.ts";
import type { WaitingAnswers } from "./live/waiting-answers.ts";
import type { MemberRow } from "./members/member-row.ts";
import type { State, Store } from "./store.ts";

/** How long "is typing" holds if nothing follows; clients say it again every few seconds. */
const typingMs = 6_000;

export class Publisher {
  readonly #store: Store;
  readonly #sockets: LiveSockets;
  readonly #fanOut: FanOut;
  readonly #large: Pick<LargeGroup, "published">;
  readonly #recent: Recent;
  readonly #answers: WaitingAnswers;
  readonly #typists: Typists;
  readonly #signs = new Signs(() => this.#publish(noEffects(), new Map()));
  readonly #reactions: GatheredReactions;

  constructor(parts: {
    store: Store;
    sockets: LiveSockets;
    fanOut: FanOut;
    large: Pick<LargeGroup, "published">;
    recent: Recent;
    answers: WaitingAnswers;
    typists: Typists;
    reactions: GatheredReactions;
  }) {
    this.#reactions = parts.reactions;
    this.#reactions.use(() => {
      this.#publish(noEffects(), new Map());
      this.setPong();
    });
    this.#typists = parts.typists;
    this.#store = parts.store;
    this.#sockets = parts.sockets;
    this.#fanOut = parts.fanOut;
    this.#large = parts.large;
    this.#recent = parts.recent;
    this.#answers = parts.answers;
  }

  /** After the commit. The answers that wait for single sockets go out in the same frames. */
  publish(effects: Effects): void {
    this.#publish(this.#withKnownTypists(effects), this.#answers.take());
    if (effects.items.length > 0) this.setPong();
    this.#large.published(effects);
  }

  /** Sets the answer to `ping`, which the runtime gives even while this object sleeps: a client sees by it that it is behind. */
  setPong(): void {
    const rev = this.#store.state?.head.rev;
    // What waits would look like something that was missed.
    if (rev !== undefined && !this.#reactions.isWaiting) this.#sockets.setPong(rev);
  }

  /** In a large group a sign of typing goes out when it is known who may see it. */
  #withKnownTypists(effects: Effects): Effects {
    const { typing } = effects;
    if (typing.size === 0 || this.#store.state?.members.kind !== "large") return effects;
    const from = now();
    const isKnown =
      this.#typists.isOn &&
      this.#typists.isKnown(typing, () => {
        if (now() - from < typingMs / 2) this.#publish({ ...noEffects(), typing }, new Map());
      });
    return isKnown ? effects : { ...effects, typing: new Set() };
  }

  #publish(done: Effects, answers: ReadonlyMap<WebSocket, string[]>): void {
    const { state } = this.#store;
    if (state === undefined) return;
    const came = state.members.kind === "large" ? this.#reactions.take(done.items, done.reacted) : done.items;
    const items = done.unsent.size === 0 ? came : withoutUnsent(state.facts.id, came, done.unsent);
    // If a frame is sent anyway, it carries the receipts and typing signs that wait.
    const effects = { ...done, items, ...this.#signs.take(signsOf(state, done), items.length > 0) };
    this.#recent.forget(state.facts.id, effects.unsent);
    if (state.members.kind === "small")
      for (const item of effects.items)
        this.#recent.push(item, () => deliveredRev(state, (userId) => this.#fanOut.ackedOf(userId)));
    this.#begin(state, effects.items);
    if (state.members.kind === "large" && effects.ended.size > 0)
      this.#sockets.closeWhere("notMember", ({ userId }) => effects.ended.has(userId));
    if (this.#sockets.count > 0) this.#toLiveSockets(state, effects, answers);
    // The inboxes of a large group are not called for every message.
    if (state.members.kind === "large") return;
    if (state.facts.kind === "dm") this.#toPeer(state, effects);
    for (const userId of effects.readers) this.#fanOut.noteReceipt(userId);
    this.#fanOut.wake(
      new Set(
        effects.items.flatMap((item) =>
          item.kind === "message" && item.message !== null ? [item.message.senderId] : [],
        ),
      ),
    );
  }

  /** Applies the memberships that begin or end with these items: a new member's inbox is brought up to date, a former member's sockets close. */
  #begin(state: State, items: readonly DeliveryItem[]): void {
    const [first, last] = [items[0]?.rev, items.at(-1)?.rev];
    if (first === undefined || last === undefined || state.facts.detailsRev < first) return;
    for (const member of state.members.all()) {
      if (member.leftRev !== null && member.leftRev >= first) {
        this.#sockets.closeWhere("notMember", (socket) => socket.userId === member.userId);
      } else if (member.leftRev === null && member.joinedRev >= first && member.joinedRev <= last) {
        this.#fanOut.begin(member.userId, member.joinedRev - 1);
      }
    }
  }

  #toLiveSockets(state: State, effects: Effects, answers: ReadonlyMap<WebSocket, string[]>): void {
    const frames = effects.items.map(shownItem);
    // Only a policy that hides history makes frames differ: a change of a message from before a member joined is not theirs.
    const older =
      state.facts.policy.history === "joined"
        ? effects.items.filter((item) => item.kind === "change" && item.message !== null)
        : [];
    const shared = older.length === 0 ? frames : [];
    const hasPersonal = effects.receipts.size > 0 || effects.typing.size > 0 || older.length > 0;
    const forUser = (userId: UserId): Shown[] => {
      const viewer = this.#store.member(userId);
      if (viewer === undefined) return [];
      const { after } = visibleFrom(state, viewer);
      const visible = older.length === 0 ? [] : effects.items.filter((item) => isVisible(item, after)).map(shownItem);
      return [...visible, ...this.#signsFor(state, effects, viewer).map((text) => ({ text }))];
    };
    this.#sockets.broadcast(shared, answers, hasPersonal ? forUser : undefined);
  }

  /** Receipts and typing as one member may see them. */
  #signsFor(state: State, effects: Effects, viewer: MemberRow): string[] {
    const frames: string[] = [];
    for (const userId of effects.receipts) {
      const subject = this.#store.member(userId);
      const frame = subject === undefined ? undefined : receiptFrame(state, viewer, subject);
      if (frame !== undefined) frames.push(frame);
    }
    for (const userId of effects.typing) {
      const subject = this.#store.member(userId);
      if (subject !== undefined && this.#mayShowTyping(state, viewer, subject)) frames.push(typingFrame(state, userId));
    }
    return frames;
  }

  #mayShowTyping({ members }: State, viewer: MemberRow, subject: MemberRow): boolean {
    return members.kind === "large" ? this.#typists.mayShow(viewer, subject) : mayShowTyping(viewer, subject);
  }

  /** In a direct chat the peer's sync sockets receive receipts and typing, too. */
  #toPeer(state: State, effects: Effects): void {
    for (const subject of state.members.all()) {
      for (const viewer of state.members.all()) {
        if (viewer.userId === subject.userId) continue;
        const receipt = effects.receipts.has(subject.userId) ? receiptFrame(state, viewer, subject) : undefined;
        if (receipt !== undefined) this.#fanOut.pass(viewer.userId, `receipt:${subject.userId}`, receipt);
        if (effects.typing.has(subject.userId) && mayShowTyping(viewer, subject)) {
          this.#fanOut.pass(viewer.userId, `typing:${subject.userId}`, typingFrame(state, subject.userId));
        }
      }
    }
  }
}

/** In a large group nobody receives the receipts of others. */
function signsOf({ members }: State, { receipts, typing }: Effects): Sign {
  return { receipts: members.kind === "large" ? new Set() : receipts, typing };
}

function shownItem(item: DeliveryItem): Shown {
  return { text: liveFrame(item), by: actorOf(item) };
}

/** Undefined where nothing of it may be seen. */
function receiptFrame(state: State, viewer: MemberRow, subject: MemberRow): string | undefined {
  const { delivered, read } = shownWatermarks(viewer, subject);
  if (delivered === 0 && read === 0) return undefined;
  return `{"type":"receipt","conversationId":"${state.facts.id}","userId":"${subject.userId}","delivered":${delivered},"read":${read}}`;
}

function typingFrame(state: State, userId: UserId): string {
  return `{"type":"typing","conversationId":"${state.facts.id}","userId":"${userId}","until":${now() + typingMs}}`;
}
