/**
 * Owns one relay: live sockets of a large group, which the conversation does not hold itself. It stores nothing and decides nothing. What it has to know lives as long as its
 * sockets: who they are in their attachments, what they have in the answer to `ping`.
 */
import { DurableObject } from "cloudflare:workers";
import { refuse } from "../../schema/errors.ts";
import type { DeviceId, TimeMs, UserId } from "../../schema/ids.ts";
import { liveQuery } from "../../schema/http/operations.ts";
import { parseWith } from "../../schema/wire/frames/parse.ts";
import type {
  RelayCalls,
  RelayLeft,
  RelayName,
  RelaySocket,
  RelayState,
  RelayTurn,
  SocketId,
} from "../contract/delivery/relay-calls.ts";
import { identityOf, relayOf } from "../shared/identity/identity.ts";
import { FrameMeter } from "../shared/meters/frame-meter.ts";
import { answerProblem } from "../shared/platform/answers.ts";
import { ask, call, conversationStub, userStub } from "../shared/platform/calls.ts";
import { now } from "../shared/platform/clock.ts";
import type { Env } from "../shared/platform/env.ts";
import { Turn } from "../shared/platform/turn.ts";
import { answerFault, LiveFrames } from "../shared/sockets/live-frames.ts";
import { type LiveAttachment, LiveSockets } from "../shared/sockets/live-sockets.ts";
import { answerClose, upgraded } from "../shared/sockets/sockets.ts";
import { Asks } from "./asks.ts";
import { Stream } from "./stream.ts";

export class RelayObject extends DurableObject<Env> implements RelayCalls {
  readonly #env: Env;
  readonly #sockets: LiveSockets;
  readonly #stream: Stream;
  readonly #asks: Asks;
  readonly #frames: LiveFrames;
  #relay: RelayName | undefined;
  #left: RelayLeft[] = [];
  /** Sockets that end together are reported together. */
  readonly #leaving = new Turn(() => this.#report());

  constructor(ctx: DurableObjectState, env: Env) {
    super(ctx, env);
    this.#env = env;
    this.#sockets = new LiveSockets(ctx, {
      left: (attachment, heardAt) => this.#hasLeft(attachment, heardAt),
      spoke: (attachment) => this.#spoke(attachment),
    });
    this.#stream = new Stream(ctx, this.#sockets);
    this.#asks = new Asks(env);
    this.#frames = new LiveFrames({
      sockets: this.#sockets,
      meter: new FrameMeter(env),
      pass: (socket, attachment, frame) => this.#asks.push(socket, attachment, frame),
    });
  }

  /** Answers when the frames are out: the conversation gathers for the next call what comes meanwhile. */
  async turn(turn: RelayTurn): Promise<RelayState> {
    const state = this.#stream.apply(turn, this.#asks.answered(turn.life, turn.answers));
    await this.#sockets.sent;
    return state;
  }

  async heard(userId: UserId, deviceId: DeviceId): Promise<TimeMs | null> {
    return this.#sockets.heardOf(userId, deviceId);
  }

  /** An upgrade, which the conversation has sent here. */
  override async fetch(request: Request): Promise<Response> {
    const relay = relayOf(request.headers);
    const query = parseWith(liveQuery, Object.fromEntries(new URL(request.url).searchParams));
    if (!query.ok) return answerProblem(query.refusal);
    if (request.headers.get("upgrade")?.toLowerCase() !== "websocket")
      return answerProblem(refuse("unsupported", "this address is for WebSocket upgrades only").refusal);
    const { rev, epoch } = query.value;
    const socket: RelaySocket = { id: crypto.randomUUID(), openedAt: now(), ...identityOf(request.headers) };
    this.#stream.begin(socket);
    // Whether the conversation may count the socket, which is not open here.
    let isCounted = true;
    try {
      const joined = await ask("conversation.relayJoin", () =>
        conversationStub(this.#env, relay.conversationId).relayJoin(relay.number, { socket, rev, epoch }),
      );
      if (!joined.ok) {
        isCounted = joined.refusal.code === "unavailable";
        return answerProblem(joined.refusal);
      }
      const { userId, deviceId, openedAt, id } = socket;
      const { 0: client, 1: server } = new WebSocketPair();
      const relayed = { id, relay, rev: joined.value.rev, joinedSeq: joined.value.joinedSeq };
      this.#stream.open(server, { v: 1, userId, deviceId, openedAt, badFrames: 0, relayed }, joined.value);
      isCounted = false;
      return upgraded(client, request.headers);
    } finally {
      this.#stream.abandon(socket.id);
      if (isCounted) this.#leaves(relay, socket.id, socket.openedAt);
    }
  }

  override webSocketMessage(socket: WebSocket, data: string | ArrayBuffer): void {
    const relay = this.#sockets.attachmentOf(socket)?.relayed?.relay;
    if (relay === undefined) return;
    try {
      this.#frames.receive(relay.conversationId, socket, data);
    } catch (error) {
      answerFault(socket, error);
    }
  }

  override webSocketClose(socket: WebSocket): void {
    this.#sockets.forget(socket);
    answerClose(socket);
  }

  override webSocketError(socket: WebSocket): void {
    this.#sockets.forget(socket);
  }

  #hasLeft({ relayed }: LiveAttachment, heardAt: TimeMs): void {
    if (relayed !== undefined) this.#leaves(relayed.relay, relayed.id, heardAt);
  }

  #leaves(relay: RelayName, id: SocketId, heardAt: TimeMs): void {
    this.#relay = relay;
    this.#left.push({ id, heardAt });
    this.#leaving.request();
  }

  /** If the call is lost, the conversation sees by the number of sockets that it has to ask for them. */
  #report(): void {
    const [relay, left] = [this.#relay, this.#left];
    this.#left = [];
    if (relay === undefined) return;
    void call("conversation.relayLeft", () =>
      conversationStub(this.#env, relay.conversationId).relayLeft(relay.number, left),
    );
  }

  /** A device that looked silent has sent a frame. For its user's object this counts as if the device had opened the socket now. */
  #spoke({ userId, deviceId, relayed }: LiveAttachment): void {
    if (relayed === undefined) return;
    const { conversationId } = relayed.relay;
    void call("user.admit", () => userStub(this.#env, userId).admit(deviceId, conversationId));
  }
}
