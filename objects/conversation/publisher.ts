/** Owns publishing the effects of a commit: to live sockets, as one value for each turn, and to the members' inboxes by fan-out. */
import { mayShowTyping, shownWatermarks, visibleFrom } from "../../core/visibility.ts";
import type { UserId } from "../../schema/ids.ts";
import { now } from "../shared/platform/clock.ts";
import type { DeliveryItem } from "../contract/delivery/delivery.ts";
import { type Effects, noEffects } from "./effects.ts";
import { deliveredRev } from "./fan-out/audience.ts";
import type { FanOut } from "./fan-out/fan-out.ts";
import type { Recent } from "./fan-out/stretches.ts";
import { withoutUnsent } from "./messages/items.ts";
import type { GatheredReactions } from "./live/gathered-reactions.ts";
import type { Typists } from "./live/typists.ts";
import type { LargeGroup } from "./large/large-group.ts";
import type { AwayHost, LiveHost, LiveTurn } from "./live/live-turn.ts";
import { type Sign, Signs } from "./live/signs.ts";
import type { LiveSockets } from "../shared/sockets/live-sockets.ts";
import type { MemberRow } from "./members/member-row.ts";
import type { State, Store } from "./store.ts";

/** How long "is typing" holds if nothing follows; clients say it again every few seconds. */
const typingMs = 6_000;

export class Publisher {
  readonly #store: Store;
  readonly #sockets: Pick<LiveSockets, "setPong">;
  readonly #audience: LiveHost;
  readonly #relays: Pick<AwayHost, "forget">;
  readonly #fanOut: FanOut;
  readonly #large: Pick<LargeGroup, "published">;
  readonly #recent: Recent;
  readonly #typists: Typists;
  readonly #signs = new Signs(() => this.#publish(noEffects()));
  readonly #reactions: GatheredReactions;

  constructor(parts: {
    store: Store;
    sockets: Pick<LiveSockets, "setPong">;
    audience: LiveHost;
    relays: Pick<AwayHost, "forget">;
    fanOut: FanOut;
    large: Pick<LargeGroup, "published">;
    recent: Recent;
    typists: Typists;
    reactions: GatheredReactions;
  }) {
    this.#reactions = parts.reactions;
    this.#reactions.use(() => {
      this.#publish(noEffects());
      this.setPong();
    });
    this.#typists = parts.typists;
    this.#store = parts.store;
    this.#sockets = parts.sockets;
    this.#audience = parts.audience;
    this.#relays = parts.relays;
    this.#fanOut = parts.fanOut;
    this.#large = parts.large;
    this.#recent = parts.recent;
  }

  /** After the commit. */
  publish(effects: Effects): void {
    this.#publish(this.#withKnownTypists(effects));
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
        if (now() - from < typingMs / 2) this.#publish({ ...noEffects(), typing });
      });
    return isKnown ? effects : { ...effects, typing: new Set() };
  }

  #publish(done: Effects): void {
    const { state } = this.#store;
    if (state === undefined) return;
    const came = state.members.kind === "large" ? this.#reactions.take(done.items, done.reacted) : done.items;
    const items = done.unsent.size === 0 ? came : withoutUnsent(state.facts.id, came, done.unsent);
    // If a frame is sent anyway, it carries the receipts and typing signs that wait.
    const effects = { ...done, items, ...this.#signs.take(signsOf(state, done), items.length > 0) };
    this.#recent.forget(state.facts.id, effects.unsent);
    this.#relays.forget(effects.unsent);
    if (state.members.kind === "small")
      for (const item of effects.items)
        this.#recent.push(item, () => deliveredRev(state, (userId) => this.#fanOut.ackedOf(userId)));
    this.#begin(state, effects.items);
    if (state.members.kind === "large" && effects.ended.size > 0) this.#audience.end(effects.ended, "notMember");
    this.#audience.publish(this.#turnOf(state, effects));
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
        this.#audience.end(new Set([member.userId]), "notMember");
      } else if (member.leftRev === null && member.joinedRev >= first && member.joinedRev <= last) {
        this.#fanOut.begin(member.userId, member.joinedRev - 1);
      }
    }
  }

  #turnOf(state: State, effects: Effects): LiveTurn {
    const hasSigns = effects.receipts.size > 0 || effects.typing.size > 0;
    return {
      items: effects.items,
      hidesOlder: state.facts.policy.history === "joined",
      seesAfter: (userId) => {
        const viewer = this.#store.member(userId);
        return viewer === undefined ? undefined : visibleFrom(state, viewer).after;
      },
      signsFor: hasSigns ? (userId) => this.#signsFor(state, effects, userId) : undefined,
    };
  }

  /** Receipts and typing as one member may see them. */
  #signsFor(state: State, effects: Effects, viewerId: UserId): string[] {
    const frames: string[] = [];
    const viewer = this.#store.member(viewerId);
    if (viewer === undefined) return frames;
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

/** Undefined where nothing of it may be seen. */
function receiptFrame(state: State, viewer: MemberRow, subject: MemberRow): string | undefined {
  const { delivered, read } = shownWatermarks(viewer, subject);
  if (delivered === 0 && read === 0) return undefined;
  return `{"type":"receipt","conversationId":"${state.facts.id}","userId":"${subject.userId}","delivered":${delivered},"read":${read}}`;
}

function typingFrame(state: State, userId: UserId): string {
  return `{"type":"typing","conversationId":"${state.facts.id}","userId":"${userId}","until":${now() + typingMs}}`;
}
