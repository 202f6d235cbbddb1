/** Owns the door of live sockets: the upgrade with its catch-up, and the frames that clients send. */
import { Buffer } from "node:buffer";
import { type IRequest, Router, type RouterType } from "itty-router";
import { isVisible, shownWatermarks, visibleFrom } from "../../core/visibility.ts";
import { notFound, refuse } from "../../schema/errors.ts";
import { liveQuery } from "../../schema/http/operations.ts";
import type { DeviceId, Rev, UserId } from "../../schema/ids.ts";
import { limits, timeouts } from "../../schema/limits.ts";
import type { LiveHello } from "../../schema/wire/frames/hello.ts";
import { parseFrame, parseWith } from "../../schema/wire/frames/parse.ts";
import type { UpFrame } from "../../schema/wire/frames/up.ts";
import { readSubprotocols } from "../../schema/wire/frames/version.ts";
import { answerProblem } from "../shared/platform/answers.ts";
import { now } from "../shared/platform/clock.ts";
import type { Database } from "../shared/platform/database.ts";
import { answerFrame, commandOf, frameBytes, okFrame, refusalFrame } from "../shared/sockets/frames.ts";
import { identityOf } from "../shared/identity/identity.ts";
import { logFault } from "../shared/platform/log.ts";
import { creditReader, freeParcel, sendFree, sendParcel } from "../shared/sockets/sockets.ts";
import type { Actor } from "../contract/actor.ts";
import type { Intake } from "./commands/intake.ts";
import { storedStretch } from "./fan-out/stretches.ts";
import { liveFrame } from "./messages/items.ts";
import type { GatheredReactions } from "./live/gathered-reactions.ts";
import type { LiveSockets } from "./live/live-sockets.ts";
import type { WaitingAnswers } from "./live/waiting-answers.ts";
import type { Journal } from "./messages/journal.ts";
import type { Messages } from "./messages/messages.ts";
import { isOtherLife, resyncRequired } from "./reads/reads.ts";
import type { MemberRow } from "./members/member-row.ts";
import type { State, Store } from "./store.ts";
import type { Throttle } from "./meters/throttle.ts";

export class LiveDoor {
  readonly #db: Database;
  readonly #store: Store;
  readonly #messages: Messages;
  readonly #journal: Journal;
  readonly #sockets: LiveSockets;
  readonly #intake: Intake;
  readonly #throttle: Throttle;
  readonly #router: RouterType<IRequest, []>;
  readonly #answers: WaitingAnswers;
  readonly #reactions: Pick<GatheredReactions, "flush">;

  constructor(parts: {
    db: Database;
    store: Store;
    messages: Messages;
    journal: Journal;
    sockets: LiveSockets;
    intake: Intake;
    throttle: Throttle;
    answers: WaitingAnswers;
    reactions: Pick<GatheredReactions, "flush">;
  }) {
    this.#reactions = parts.reactions;
    this.#db = parts.db;
    this.#store = parts.store;
    this.#messages = parts.messages;
    this.#journal = parts.journal;
    this.#sockets = parts.sockets;
    this.#intake = parts.intake;
    this.#throttle = parts.throttle;
    this.#answers = parts.answers;
    this.#router = Router<IRequest, []>()
      .get("/live", (request) => this.#open(request))
      .all("*", () => answerProblem(notFound.refusal));
  }

  /** Requests by `fetch`: the live upgrade, and nothing else. */
  async fetch(request: Request): Promise<Response> {
    const response: Response = await this.#router.fetch(request);
    return response;
  }

  /** A device was signed out. Its sockets close even if the note could not be written; then this throws, and the caller repeats it. */
  deviceRevoked(userId: UserId, deviceId: DeviceId): void {
    if (this.#store.state === undefined) return;
    try {
      this.#db.transact((tx) => this.#store.revokeDevice(tx, deviceId, now(), now() - timeouts.revokedDeviceMs));
    } finally {
      this.#sockets.closeWhere("credentials", (socket) => socket.deviceId === deviceId && socket.userId === userId);
    }
  }

  /** A frame was received. */
  receive(socket: WebSocket, data: string | ArrayBuffer): void {
    const attachment = this.#sockets.attachmentOf(socket);
    const state = this.#store.state;
    if (attachment === undefined || state === undefined) return;
    if (data === "ping") {
      // This arrives only while the object waits for pings of silent sockets; else the runtime answers pings.
      sendFree(socket, this.#sockets.pong);
      this.#sockets.noteHeard(socket);
      return;
    }
    creditReader(socket);
    this.#sockets.noteHeard(socket);
    if (this.#throttle.frames.isTooFast(socket, attachment.userId, frameBytes(data))) {
      this.#sockets.close(socket, "tooManyFrames");
      return;
    }
    const parsed = parseFrame(data, state.facts.id);
    if (parsed.do === "close") {
      this.#sockets.close(socket, parsed.reason);
      return;
    }
    this.#throttle.frames.noteElements(socket, attachment.userId, parsed.elements.length);
    for (const element of parsed.elements) {
      if (element.ok) this.#obey(socket, attachment, element.frame);
      else sendFree(socket, refusalFrame(element.refusal, element.ref));
    }
    if (parsed.elements.some((element) => !element.ok && element.isBad)) this.#sockets.countBad(socket);
  }

  #obey(socket: WebSocket, actor: Actor, frame: UpFrame): void {
    switch (frame.type) {
      case "attend":
      case "seen":
        // Only the sync socket keeps whether the app is in front. Here both frames are no more than signs of life.
        if (frame.ref !== undefined) sendFree(socket, okFrame(frame.ref));
        return;
      case "watch":
        sendFree(
          socket,
          refusalFrame(refuse("unsupported", "type: is accepted on the sync socket only").refusal, frame.ref),
        );
        return;
      default:
        this.#intake.submit({ userId: actor.userId, deviceId: actor.deviceId }, [commandOf(frame)], ([answer]) => {
          const text = answer === undefined ? undefined : answerFrame(frame, answer);
          if (text !== undefined) this.#answers.add(socket, text);
        });
    }
  }

  #open(request: IRequest): Response {
    const { state } = this.#store;
    const actor = identityOf(request.headers);
    const member = this.#store.member(actor.userId);
    if (state === undefined || member === undefined) return answerProblem(notFound.refusal);
    if (this.#store.isRevoked(actor.deviceId))
      return answerProblem(refuse("unauthenticated", "the device was signed out").refusal);
    const query = parseWith(liveQuery, Object.fromEntries(new URL(request.url).searchParams));
    if (!query.ok) return answerProblem(query.refusal);
    if (isOtherLife(state, query.value)) return answerProblem(resyncRequired.refusal);
    if (request.headers.get("upgrade")?.toLowerCase() !== "websocket")
      return answerProblem(refuse("unsupported", "this address is for WebSocket upgrades only").refusal);

    this.#reactions.flush();
    const { 0: client, 1: server } = new WebSocketPair();
    this.#sockets.accept(server, { v: 1, ...actor, openedAt: now(), badFrames: 0 });
    this.#sockets.setPong(state.head.rev);
    this.#greet(server, state, member, query.value.rev);
    const { protocol } = readSubprotocols(request.headers.get("sec-websocket-protocol"));
    const headers = new Headers();
    if (protocol !== undefined) headers.set("sec-websocket-protocol", protocol);
    return new Response(null, { status: 101, webSocket: client, headers });
  }

  /** Sends hello, then what was missed. No other frame can come between, because all of it is sent in one turn. */
  #greet(socket: WebSocket, state: State, member: MemberRow, since: Rev | undefined): void {
    const { facts, head } = state;
    const rev = since ?? head.rev;
    const missed = head.rev - rev > limits.liveCatchUpRevsMax ? undefined : this.#missed(state, member, rev);
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
    sendFree(socket, JSON.stringify(hello));
    if (missed !== undefined) sendParcel(socket, freeParcel(missed));
  }

  /**
   * The changes of `(since, head]`, each with the present state; those that jump over revs say from where. Undefined if they are more than
   * may be sent ahead of the reader, or if the archive has some of them.
   */
  #missed(state: State, member: MemberRow, since: Rev): string[] | undefined {
    const { after, afterRev } = visibleFrom(state, member);
    const frames: string[] = [];
    let bytes = 0;
    let rev = Math.max(since, afterRev);
    while (rev < state.head.rev) {
      const stretch = storedStretch({ messages: this.#messages, journal: this.#journal }, state, rev, state.head.rev);
      if (stretch === undefined) return undefined;
      for (const item of stretch.items) {
        if (!isVisible(item, after)) continue;
        const frame = item.kind === "message" && item.rev === rev + 1 ? liveFrame(item) : jumpFrame(item, rev);
        bytes += Buffer.byteLength(frame);
        if (bytes > limits.aheadBytesMax) return undefined;
        frames.push(frame);
        rev = item.rev;
      }
      // The stretch may end in revs without an item: a later change of the same message covers them.
      if (stretch.rev > rev) rev = stretch.rev;
      if (stretch.rev >= state.head.rev) break;
    }
    return frames;
  }
}

function jumpFrame(item: Parameters<typeof liveFrame>[0], since: Rev): string {
  if (item.kind === "message") return liveFrame(item);
  return `{"type":"change","since":${since},${item.json}}`;
}

/** For the object's catch-all: a bug becomes an answer, not silence. */
export function answerFault(socket: WebSocket, error: unknown): void {
  logFault("live frame", error);
  sendFree(socket, refusalFrame(refuse("internal", "something failed here").refusal, undefined));
}
