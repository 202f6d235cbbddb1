/**
 * Owns the way of frames from a relay's sockets up to the conversation. What comes while a call is under way goes together in the next one. The answers come with the turns
 * of the conversation. A frame that is not answered in time, or was asked of an earlier life of the conversation's object, is answered with `unavailable`.
 */
import { largeGroups } from "../../schema/bounds/large-groups.ts";
import { refuse } from "../../schema/errors.ts";
import type { ConversationUpFrame } from "../../schema/wire/frames/up.ts";
import type { CommandAnswer } from "../contract/command.ts";
import type { AskId, RelayAsk, RelayName } from "../contract/delivery/relay-calls.ts";
import { call, conversationStub } from "../shared/platform/calls.ts";
import { now } from "../shared/platform/clock.ts";
import type { Env } from "../shared/platform/env.ts";
import { Turn } from "../shared/platform/turn.ts";
import { answerFrame, commandOf } from "../shared/sockets/frames.ts";
import type { LiveAttachment } from "../shared/sockets/live-sockets.ts";
import { sendFree } from "../shared/sockets/sockets.ts";

/** `life`: the life of the conversation's object that has it; undefined while no life is known to have it. */
type Pending = { socket: WebSocket; frame: ConversationUpFrame; askedAt: number; life: string | undefined };

export class Asks {
  readonly #env: Env;
  #relay: RelayName | undefined;
  /** Begins where no earlier life of this relay came to: an answer to a frame of that one must not meet a frame of this one. */
  #last: AskId = now() * 1_000;
  readonly #pending = new Map<AskId, Pending>();
  #waiting: RelayAsk[] = [];
  #isUnderWay = false;
  #timer: ReturnType<typeof setTimeout> | undefined;
  readonly #turn = new Turn(() => this.#flush());

  constructor(env: Env) {
    this.#env = env;
  }

  push(socket: WebSocket, { userId, deviceId, relayed }: LiveAttachment, frame: ConversationUpFrame): void {
    this.#relay ??= relayed?.relay;
    const isQuiet = frame.ref === undefined && (frame.type === "receipt" || frame.type === "typing");
    if (Math.max(this.#pending.size, this.#waiting.length) >= largeGroups.relayAsksMax) {
      if (!isQuiet) give(socket, frame, unavailable);
      return;
    }
    const ask = isQuiet ? null : ++this.#last;
    if (ask !== null) this.#pending.set(ask, { socket, frame, askedAt: now(), life: undefined });
    this.#waiting.push({ actor: { userId, deviceId }, command: commandOf(frame), ask });
    this.#watch();
    if (!this.#isUnderWay) this.#turn.request();
  }

  /** Answers of a life of the conversation's object, as JSON by the socket. */
  answered(life: string, answers: readonly [AskId, CommandAnswer][]): Map<WebSocket, string[]> {
    const texts = new Map<WebSocket, string[]>();
    const add = (id: AskId, { socket, frame }: Pending, answer: CommandAnswer): void => {
      this.#pending.delete(id);
      const text = answerFrame(frame, answer);
      if (text !== undefined) texts.set(socket, [...(texts.get(socket) ?? []), text]);
    };
    for (const [id, answer] of answers) {
      const pending = this.#pending.get(id);
      if (pending !== undefined) add(id, pending, answer);
    }
    for (const [id, pending] of this.#pending)
      if (pending.life !== undefined && pending.life !== life) add(id, pending, unavailable);
    // A timer would keep the relay awake.
    if (this.#pending.size === 0) this.#rest();
    return texts;
  }

  #flush(): void {
    const relay = this.#relay;
    if (this.#isUnderWay || this.#waiting.length === 0 || relay === undefined) return;
    this.#isUnderWay = true;
    void this.#pass(relay, this.#waiting.splice(0, largeGroups.relayAsksPerCallMax));
  }

  /** Never rejects. */
  async #pass({ conversationId, number }: RelayName, asks: RelayAsk[]): Promise<void> {
    const taken = await call("conversation.relayAsks", () =>
      conversationStub(this.#env, conversationId).relayAsks(number, asks),
    );
    this.#isUnderWay = false;
    for (const { ask } of asks) {
      const pending = ask === null ? undefined : this.#pending.get(ask);
      if (ask === null || pending === undefined) continue;
      if (taken.ok) pending.life = taken.value.life;
      else this.#giveUp(ask, pending);
    }
    this.#flush();
  }

  #rest(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
  }

  /** Sees to it that each frame is answered in time. */
  #watch(): void {
    if (this.#timer !== undefined || this.#pending.size === 0) return;
    const [oldest] = this.#pending.values();
    const waitMs = (oldest?.askedAt ?? 0) + largeGroups.relayAnswerMs - now();
    this.#timer = setTimeout(
      () => {
        this.#timer = undefined;
        for (const [ask, pending] of this.#pending)
          if (now() - pending.askedAt >= largeGroups.relayAnswerMs) this.#giveUp(ask, pending);
        this.#watch();
      },
      Math.max(0, waitMs),
    );
  }

  #giveUp(ask: AskId, { socket, frame }: Pending): void {
    this.#pending.delete(ask);
    give(socket, frame, unavailable);
  }
}

const unavailable = refuse(
  "unavailable",
  "the conversation did not answer in time; repeat it with the same clientId",
  1_000,
);

function give(socket: WebSocket, frame: ConversationUpFrame, answer: CommandAnswer): void {
  const text = answerFrame(frame, answer);
  if (text !== undefined) sendFree(socket, text);
}
