/** Owns the door of live sockets: the upgrade with its catch-up, and the frames that clients send. */
import { type IRequest, Router, type RouterType } from "itty-router";
import { isVisible, shownWatermarks, visibleFrom } from "../../../core/visibility.ts";
import { done, notFound, type Outcome, refuse } from "../../../schema/errors.ts";
import { liveQuery } from "../../../schema/http/operations.ts";
import type { DeviceId, Rev, TimeMs, UserId } from "../../../schema/ids.ts";
import { limits, timeouts } from "../../../schema/limits.ts";
import type { LiveHello } from "../../../schema/wire/frames/hello.ts";
import { parseWith } from "../../../schema/wire/frames/parse.ts";
import type { Alarms } from "../../shared/platform/alarms.ts";
import { answerProblem } from "../../shared/platform/answers.ts";
import { now } from "../../shared/platform/clock.ts";
import type { Database } from "../../shared/platform/database.ts";
import { answerFrame, commandOf } from "../../shared/sockets/frames.ts";
import { identityOf, placeOf, sentToRelay } from "../../shared/identity/identity.ts";
import { LiveFrames } from "../../shared/sockets/live-frames.ts";
import { freeParcel, sendFree, sendParcel, upgraded } from "../../shared/sockets/sockets.ts";
import type { Actor } from "../../contract/actor.ts";
import type { Intake } from "../commands/intake.ts";
import type { RelayJoined } from "../../contract/delivery/relay-calls.ts";
import { missedSince } from "../fan-out/missed.ts";
import type { GatheredReactions } from "../live/gathered-reactions.ts";
import type { LiveSockets } from "../../shared/sockets/live-sockets.ts";
import type { WaitingAnswers } from "../live/waiting-answers.ts";
import type { Journal } from "../messages/journal.ts";
import type { Messages } from "../messages/messages.ts";
import { isOtherLife, resyncRequired } from "../reads/reads.ts";
import type { MemberRow } from "../members/member-row.ts";
import type { Relays } from "../relays/relays.ts";
import type { State, Store } from "../store.ts";
import type { Throttle } from "../meters/throttle.ts";

/** A member who opens a socket. */
type Reader = { state: State; member: MemberRow };

export class LiveDoor {
  readonly #db: Database;
  readonly #alarms: Pick<Alarms, "ring">;
  readonly #store: Store;
  readonly #messages: Messages;
  readonly #journal: Journal;
  readonly #sockets: LiveSockets;
  readonly #relays: Relays;
  readonly #frames: LiveFrames;
  readonly #router: RouterType<IRequest, []>;
  readonly #reactions: Pick<GatheredReactions, "flush">;

  constructor(parts: {
    db: Database;
    alarms: Pick<Alarms, "ring">;
    store: Store;
    messages: Messages;
    journal: Journal;
    sockets: LiveSockets;
    relays: Relays;
    intake: Intake;
    throttle: Throttle;
    answers: WaitingAnswers;
    reactions: Pick<GatheredReactions, "flush">;
  }) {
    this.#reactions = parts.reactions;
    this.#db = parts.db;
    this.#alarms = parts.alarms;
    this.#store = parts.store;
    this.#messages = parts.messages;
    this.#journal = parts.journal;
    this.#sockets = parts.sockets;
    this.#relays = parts.relays;
    const { intake, answers } = parts;
    this.#frames = new LiveFrames({
      sockets: parts.sockets,
      meter: parts.throttle.frames,
      pass: (socket, { userId, deviceId }, frame) =>
        intake.submit({ userId, deviceId }, [commandOf(frame)], ([answer]) => {
          const text = answer === undefined ? undefined : answerFrame(frame, answer);
          if (text !== undefined) answers.add(socket, text);
        }),
    });
    this.#router = Router<IRequest, []>()
      .get("/live", (request) => this.#open(request))
      .all("*", () => answerProblem(notFound.refusal));
  }

  /** Requests by `fetch`: the live upgrade, and nothing else. */
  async fetch(request: Request): Promise<Response> {
    const response: Response = await this.#router.fetch(request);
    return response;
  }

  /**
   * A device was signed out. Its sockets close even if the note could not be written; then this throws, and the caller repeats it. So it does where a relay could not be
   * told.
   */
  async deviceRevoked(userId: UserId, deviceId: DeviceId): Promise<void> {
    if (this.#store.state === undefined) return;
    try {
      this.#db.transact((tx) => {
        this.#store.revokeDevice(tx, deviceId, now(), now() - timeouts.revokedDeviceMs);
        // If this object dies before its relays are told, it asks them for their sockets before it sends them anything.
        if (this.#relays.isOpen) this.#alarms.ring(now() + timeouts.fanOutAlarmMs);
      });
    } finally {
      this.#sockets.closeWhere("credentials", (socket) => socket.deviceId === deviceId && socket.userId === userId);
    }
    if (this.#relays.isOpen) await this.#relays.endDevice({ userId, deviceId });
  }

  /** When the last frame of the device came, whoever holds its sockets; null if it has none. */
  async heard(userId: UserId, deviceId: DeviceId): Promise<TimeMs | null> {
    const heardAt = this.#sockets.heardOf(userId, deviceId);
    const away = this.#relays.isOpen ? await this.#relays.heardOf(userId, deviceId) : null;
    return heardAt === null || away === null ? (heardAt ?? away) : Math.max(heardAt, away);
  }

  /** A frame was received. */
  receive(socket: WebSocket, data: string | ArrayBuffer): void {
    const { state } = this.#store;
    if (state !== undefined) this.#frames.receive(state.facts.id, socket, data);
  }

  /** Whether a device may open a live socket. */
  judge(actor: Actor, query: { rev?: Rev | undefined; epoch?: string | undefined }): Outcome<Reader> {
    const { state } = this.#store;
    const member = this.#store.member(actor.userId);
    if (state === undefined || member === undefined) return notFound;
    if (this.#store.isRevoked(actor.deviceId)) return refuse("unauthenticated", "the device was signed out");
    return isOtherLife(state, query) ? resyncRequired : done({ state, member });
  }

  /** What a new socket is sent first: `hello`, then what was missed since a rev. No other frame may come between. */
  greet({ state, member }: Reader, since: Rev | undefined): RelayJoined {
    // What waits would otherwise come after that.
    this.#reactions.flush();
    const { facts, head } = state;
    const missed = this.#missed(state, member, since ?? head.rev);
    const hello: LiveHello = {
      type: "hello",
      conversationId: facts.id,
      epoch: facts.epoch,
      head: { seq: head.seq, rev: head.rev, hash: head.hash },
      members: (state.members.kind === "large" ? [member] : state.members.shown()).map((other) => ({
        userId: other.userId,
        ...shownWatermarks(member, other),
      })),
      behind: missed === undefined,
    };
    return { hello: JSON.stringify(hello), missed: missed ?? [], rev: head.rev, joinedSeq: member.joinedSeq };
  }

  /** Undefined if they are more than may be sent ahead of the reader, or if the archive has some of them. */
  #missed(state: State, member: MemberRow, since: Rev): string[] | undefined {
    if (state.head.rev - since > limits.liveCatchUpRevsMax) return undefined;
    const { after, afterRev } = visibleFrom(state, member);
    const missed = missedSince(
      { messages: this.#messages, journal: this.#journal },
      state,
      Math.max(since, afterRev),
      (item) => isVisible(item, after),
    );
    return missed?.map(({ frame }) => frame);
  }

  async #open(request: IRequest): Promise<Response> {
    const actor = identityOf(request.headers);
    const query = parseWith(liveQuery, Object.fromEntries(new URL(request.url).searchParams));
    // What is read behind this is as of now.
    if (this.#relays.isOpen) await this.#relays.known();
    const judged = this.judge(actor, query.ok ? query.value : {});
    if (!judged.ok) return answerProblem(judged.refusal);
    if (!query.ok) return answerProblem(query.refusal);
    if (request.headers.get("upgrade")?.toLowerCase() !== "websocket")
      return answerProblem(refuse("unsupported", "this address is for WebSocket upgrades only").refusal);
    const place = this.#relays.place(placeOf(request.headers));
    if (!place.ok) return answerProblem(place.refusal);
    if (place.value !== null) return sentToRelay(place.value);

    this.#relays.makeRoom(actor);
    const { hello, missed } = this.greet(judged.value, query.value.rev);
    const { 0: client, 1: server } = new WebSocketPair();
    this.#sockets.accept(server, { v: 1, ...actor, openedAt: now(), badFrames: 0 });
    this.#sockets.setPong(judged.value.state.head.rev);
    sendFree(server, hello);
    sendParcel(server, freeParcel(missed));
    return upgraded(client, request.headers);
  }
}
