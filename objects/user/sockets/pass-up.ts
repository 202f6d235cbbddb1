/**
 * Owns the way of frames from sync sockets up to conversations. For each conversation one batch is under way at a time.
 * Frames that arrive meanwhile form the next batch: so order is kept, and under load batches grow by themselves. Every frame is answered.
 */
import { refuse, type Refusal } from "../../../schema/errors.ts";
import type { ConversationId, DeviceId } from "../../../schema/ids.ts";
import { remember } from "../../../core/memory.ts";
import { batches, limits, timeouts } from "../../../schema/limits.ts";
import type { ConversationUpFrame } from "../../../schema/wire/frames/up.ts";
import type { Actor } from "../../contract/actor.ts";
import {
  type Command,
  type CommandAnswer,
  packCommands,
  type Standing,
  unpackAnswers,
} from "../../contract/command.ts";
import type { ConversationCalls } from "../../contract/conversation-calls.ts";
import type { PackedDelivery } from "../../contract/delivery/packed-delivery.ts";
import { call, conversationStub } from "../../shared/platform/calls.ts";
import { now } from "../../shared/platform/clock.ts";
import type { Env } from "../../shared/platform/env.ts";
import { commandOf } from "../../shared/sockets/frames.ts";
import { logFault } from "../../shared/platform/log.ts";
import type { Timers } from "../../shared/platform/timers.ts";
import { Turn } from "../../shared/platform/turn.ts";

/** `rider`: a delivery to the user's inbox, which came with the answers. */
export type Submitted =
  | { ok: true; value: CommandAnswer[]; rider?: PackedDelivery | undefined }
  | { ok: false; refusal: Refusal };

/** Brings commands to a conversation; answers a refusal where it is unknown whether they were applied. `standing`: the answer may bring a rider. */
export type Submit = (
  conversationId: ConversationId,
  actor: Actor,
  commands: Command[],
  standing?: Standing,
) => Promise<Submitted>;

/** The inbox, which takes what rides in answers. Each `asks` is followed by one `answered`, before the devices are answered. */
export type Riders = {
  asks: (conversationId: ConversationId) => Standing | undefined;
  answered: (conversationId: ConversationId, rider: PackedDelivery | undefined) => void;
};

const noRiders: Riders = { asks: () => undefined, answered: () => {} };

export type Ask = {
  actor: Actor;
  frame: ConversationUpFrame;
  answer: (answer: CommandAnswer) => void;
};

/** `alike`: answers to later frames that were merged into this one. */
type Waiting = Ask & { command: Command; since: number; alike: Ask["answer"][] };
type Lane = { waiting: Waiting[]; isBusy: boolean };

/** Frames that wait for one conversation. A socket's rate allows far fewer in the time that a call may take. */
const waitingMax = 5_000;
/** A frame that waited longer is not passed up: with the time that the call may take it would not be answered within 10 s. */
const waitMsMax = timeouts.objectCallMs - 500;

type Known = { readonly stub: Pick<ConversationCalls, "submit" | "submitPacked">; readonly takesPacked: boolean };

/**
 * The way to the real conversations. A stub is kept for the next call, because to make one costs about as much as the call; and with it whether that object
 * accepts packed commands. A stub that failed stays broken, so it is dropped.
 */
export function submitTo(env: Env, timers: Timers): Submit {
  const stubs = new Map<ConversationId, Known>();
  return async (conversationId, actor, commands, standing) => {
    const attempt = async (): Promise<ReturnType<typeof unpackAnswers>> => {
      const known = stubs.get(conversationId);
      // It is not kept while the call is under way: if the call fails or is late, the next attempt has a new one.
      stubs.delete(conversationId);
      const stub = known?.stub ?? conversationStub(env, conversationId);
      const answered =
        known?.takesPacked === true
          ? unpackAnswers(await stub.submitPacked(packCommands(actor, commands, standing)))
          : { answers: await stub.submit(actor, commands, true), rider: undefined };
      const takesPacked = known?.takesPacked === true || "takesPacked" in (answered.answers[0] ?? {});
      remember(stubs, conversationId, { stub, takesPacked }, batches.conversationStubsMax);
      return answered;
    };
    const submitted = await call("submit", attempt, timers);
    return submitted.ok ? { ok: true, value: submitted.value.answers, rider: submitted.value.rider } : submitted;
  };
}

export class PassUp {
  readonly #submit: Submit;
  readonly #riders: Riders;
  readonly #lanes = new Map<ConversationId, Lane>();
  /** Gathers all frames of one turn into a batch. */
  readonly #turn = new Turn(() => this.flush());

  constructor(submit: Submit, riders: Riders = noRiders) {
    this.#submit = submit;
    this.#riders = riders;
  }

  push(ask: Ask): void {
    const { conversationId } = ask.frame;
    let lane = this.#lanes.get(conversationId);
    if (lane === undefined) {
      lane = { waiting: [], isBusy: false };
      this.#lanes.set(conversationId, lane);
    }
    const waiting: Waiting = { ...ask, command: commandOf(ask.frame), since: now(), alike: [] };
    if (isMerged(lane, waiting)) return;
    if (lane.waiting.length >= waitingMax) ask.answer(unavailable);
    else lane.waiting.push(waiting);
    if (!lane.isBusy) this.#turn.request();
  }

  /** A device was signed out: its frames that still wait are dropped. */
  closeDevice(deviceId: DeviceId): void {
    for (const lane of this.#lanes.values()) {
      lane.waiting = lane.waiting.filter((waiting) => waiting.actor.deviceId !== deviceId);
    }
  }

  /** Sends the next batch of each conversation that has none under way. */
  flush(): void {
    for (const [conversationId, lane] of this.#lanes) if (!lane.isBusy) this.#next(conversationId, lane);
  }

  #next(conversationId: ConversationId, lane: Lane): void {
    const late = lane.waiting.findIndex((waiting) => now() - waiting.since < waitMsMax);
    for (const waiting of lane.waiting.splice(0, late === -1 ? lane.waiting.length : late)) give(waiting, unavailable);
    const first = lane.waiting[0];
    if (first === undefined) {
      this.#lanes.delete(conversationId);
      return;
    }
    // One call speaks for one device.
    let count = 1;
    while (count < limits.frameObjectsMax && lane.waiting[count]?.actor.deviceId === first.actor.deviceId) count++;
    lane.isBusy = true;
    void this.#pass(conversationId, lane, first.actor, lane.waiting.splice(0, count));
  }

  /** Never rejects. */
  async #pass(conversationId: ConversationId, lane: Lane, actor: Actor, batch: readonly Waiting[]): Promise<void> {
    let submitted: Submitted;
    try {
      submitted = await this.#submit(
        conversationId,
        actor,
        batch.map((waiting) => waiting.command),
        this.#riders.asks(conversationId),
      );
    } catch (error) {
      logFault("submit", error, { conversationId });
      submitted = unavailable;
    }
    // What rides shares a frame with the answers.
    this.#riders.answered(conversationId, submitted.ok ? submitted.rider : undefined);
    for (const [index, waiting] of batch.entries()) {
      give(waiting, submitted.ok ? (submitted.value[index] ?? unavailable) : submitted);
    }
    lane.isBusy = false;
    this.#next(conversationId, lane);
  }
}

const unavailable = refuse(
  "unavailable",
  "the conversation did not answer in time; repeat it with the same clientId",
  1_000,
);

function give(waiting: Waiting, answer: CommandAnswer): void {
  waiting.answer(answer);
  for (const alike of waiting.alike) alike(answer);
}

/**
 * Merges a receipt, or typing, into one of the same device that waits already. The order does not matter: watermarks only rise, and a receipt
 * names messages that exist. A frame with a `ref` gets the same answer.
 */
function isMerged(lane: Lane, { frame, actor, command, answer }: Waiting): boolean {
  if (command.do !== "receipt" && command.do !== "typing") return false;
  for (const earlier of lane.waiting) {
    if (earlier.actor.deviceId !== actor.deviceId || earlier.command.do !== command.do) continue;
    if (command.do === "receipt" && earlier.command.do === "receipt") {
      const { delivered, read } = earlier.command;
      earlier.command.delivered = higher(delivered, command.delivered);
      earlier.command.read = higher(read, command.read);
    }
    if (frame.ref === undefined) return true;
    if (earlier.alike.length < waitingMax) earlier.alike.push(answer);
    else answer(unavailable);
    return true;
  }
  return false;
}

function higher(a: number | null, b: number | null): number | null {
  return a === null ? b : b === null ? a : Math.max(a, b);
}
