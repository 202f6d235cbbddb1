/**
 * Owns one socket: its heartbeat, frames both ways with their answers, and the sign of life that a device which only reads owes the server.
 * When it is over it says so once; it never comes back by itself.
 */
import type { z } from "zod";
import { closeCodes } from "../../schema/errors.ts";
import { limits } from "../../schema/limits.ts";
import { utf8Bytes } from "../../schema/text.ts";
import type { upFrames, UpType } from "../../schema/wire/up.ts";
import type { Clock, SocketLike } from "../contract/platform.ts";
import { ParleyError, unreachable } from "../errors.ts";
import type { AnswerFrame, Heard } from "./frames.ts";

/** No hello after this: something in between took the upgrade and does not pass frames. */
const helloMsMax = 10_000;
/** An answer takes the server 10 s at most. */
const answerMsMax = 12_000;
/** The server closes a reader that took 1,000 frames or 4 MiB without a word, and while catching up waits for a `seen` after 4 MiB. */
const seenEveryFrames = limits.unseenFramesMax / 2;
const seenEveryBytes = limits.unseenBytesMax / 2;
/** Pings in a row without an answer: from the first number on the link is in doubt, and from the second on a long silence means that the socket is dead. */
const unansweredPings = { doubtMin: 2, deadMin: 2 } as const;
/** Below the server's bound, in characters that may take three bytes each. */
const frameCharactersMax = 300_000;

/** A frame without its `ref`, which the socket gives. */
export type UpDraft = { [T in UpType]: Omit<z.input<(typeof upFrames)[T]>, "ref"> }[UpType];

/** A frame of another tab, which goes on as it is. */
export type PassedFrame = { readonly type: string; readonly [field: string]: unknown };

export interface SocketEnd {
  readonly code: number;
  /** How long it was usable; 0 if it never said hello. */
  readonly livedMs: number;
  readonly drainMs: number | null;
}

export interface FrameSocketParts<F> {
  readonly socket: SocketLike;
  readonly clock: Clock;
  readonly read: (data: unknown) => Heard<F>;
  /** All frames of one text frame, except answers. The first call begins with the hello. */
  readonly onFrames: (frames: Exclude<F, AnswerFrame>[]) => void;
  readonly onPong: (counter: number) => void;
  /** Whether the link is in doubt: two heartbeats without an answer. */
  readonly onDoubt: (isInDoubt: boolean) => void;
  readonly onEnd: (end: SocketEnd) => void;
}

type Typed = { readonly type: string };

export class FrameSocket<F extends Typed> {
  readonly #parts: FrameSocketParts<F>;
  readonly #waiting = new Map<
    string,
    { resolve: (frame: Record<string, unknown>) => void; reject: (error: ParleyError) => void; cancel: () => void }
  >();
  #heartbeat = { intervalMs: 5_000, timeoutMs: 30_000 };
  #outgoing: string[] = [];
  #nextRef = 1;
  #helloAt: number | undefined;
  #heardAt: number;
  /** Pings since something was last heard. A late timer alone says nothing: browsers fire those of hidden tabs once a minute. */
  #unanswered = 0;
  #beatAt = -Infinity;
  #unseen = { frames: 0, bytes: 0 };
  #drainMs: number | null = null;
  #isOver = false;
  #isInDoubt = false;
  #cancelTimer: () => void;

  constructor(parts: FrameSocketParts<F>) {
    this.#parts = parts;
    const { socket, clock } = parts;
    this.#heardAt = clock.now();
    socket.addEventListener("message", ({ data }) => this.#hear(data));
    socket.addEventListener("close", ({ code }) => this.#end(code));
    socket.addEventListener("error", () => undefined);
    this.#cancelTimer = clock.after(helloMsMax, () => this.drop(closeCodes.silent.code));
  }

  /** Whether frames can be sent. */
  get isOpen(): boolean {
    return this.#helloAt !== undefined && !this.#isOver;
  }

  /** Sends a frame and waits for its answer: the fields of its `ok`. Errors: those of the frame, and `unavailable` (unknown whether done). */
  request(frame: UpDraft | PassedFrame): Promise<Record<string, unknown>> {
    return new Promise((resolve, reject) => {
      if (!this.isOpen) return reject(unreachable("the socket is closed"));
      const ref = `r${this.#nextRef++}`;
      const cancel = this.#parts.clock.after(answerMsMax, () => {
        this.#waiting.delete(ref);
        reject(unreachable(`no answer to ${frame.type}`));
      });
      this.#waiting.set(ref, { resolve, reject, cancel });
      this.#say({ ...frame, ref });
    });
  }

  /** Sends a frame that is not answered. */
  tell(frame: UpDraft | PassedFrame): void {
    if (this.isOpen) this.#say(frame);
  }

  /** Says that everything so far was taken in, so that the server goes on. */
  seen(): void {
    this.#unseen = { frames: 0, bytes: 0 };
    this.tell({ type: "seen" });
  }

  /** Shows the server that somebody is there, and asks it for a pong, unless that was done a moment ago. */
  beat(): void {
    const now = this.#parts.clock.now();
    if (!this.isOpen || now - this.#beatAt < this.#heartbeat.intervalMs / 2) return;
    this.#beatAt = now;
    this.#send("ping");
  }

  /** Asks for a sign of life now, and gives the socket up if none comes. */
  probe(withinMs: number): void {
    if (!this.isOpen) return;
    const asked = this.#parts.clock.now();
    this.#ping();
    this.#parts.clock.after(withinMs, () => {
      if (this.isOpen && this.#heardAt < asked) this.drop(closeCodes.silent.code);
    });
  }

  /** Ends it as if the server had closed it with this code. */
  drop(code: number): void {
    this.#end(code);
    this.#close();
  }

  /** Ends it without a word to `onEnd`. */
  abandon(): void {
    if (this.#isOver) return;
    this.#finish();
    this.#close();
  }

  #close(): void {
    try {
      this.#parts.socket.close(1000);
    } catch {
      // Some implementations throw while the socket is still being opened; it is of no use to anybody any more.
    }
  }

  #hear(data: unknown): void {
    if (this.#isOver) return;
    const { clock, read, onPong, onFrames } = this.#parts;
    this.#heardAt = clock.now();
    this.#unanswered = 0;
    this.#doubt(false);
    const heard = read(data);
    if ("pong" in heard) return onPong(heard.pong);
    const frames: Exclude<F, AnswerFrame>[] = [];
    for (const frame of heard.frames) {
      if (isAnswer(frame)) this.#answer(frame);
      else if (isOther(frame)) frames.push(frame);
    }
    for (const frame of heard.frames) this.#note(frame);
    if (frames.length > 0 && this.#helloAt !== undefined) onFrames(frames);
    this.#count(typeof data === "string" ? utf8Bytes(data) : 0);
  }

  #note(frame: Record<string, unknown> & Typed): void {
    if (frame.type === "hello" && this.#helloAt === undefined) {
      this.#helloAt = this.#parts.clock.now();
      const { heartbeat } = frame;
      if (isHeartbeat(heartbeat)) this.#heartbeat = heartbeat;
      this.#cancelTimer();
      this.#beat();
    }
    if (frame.type === "drain" && typeof frame["afterMs"] === "number") this.#drainMs = frame["afterMs"];
  }

  #answer(frame: AnswerFrame): void {
    const { ref } = frame;
    const waiting = ref === undefined ? undefined : this.#waiting.get(ref);
    if (ref === undefined || waiting === undefined) return;
    this.#waiting.delete(ref);
    waiting.cancel();
    if (isError(frame)) {
      const { code, detail, retry, retryAfterMs } = frame;
      waiting.reject(new ParleyError({ code, detail, retry, retryAfterMs: retryAfterMs ?? null }));
    } else waiting.resolve(frame);
  }

  #beat(): void {
    const { clock } = this.#parts;
    this.#cancelTimer = clock.after(this.#heartbeat.intervalMs, () => {
      const isLong = clock.now() - this.#heardAt >= this.#heartbeat.timeoutMs;
      if (isLong && this.#unanswered >= unansweredPings.deadMin) return this.drop(closeCodes.silent.code);
      if (this.#unanswered >= unansweredPings.doubtMin) this.#doubt(true);
      this.#ping();
      this.#beat();
    });
  }

  #doubt(isInDoubt: boolean): void {
    if (isInDoubt === this.#isInDoubt) return;
    this.#isInDoubt = isInDoubt;
    this.#parts.onDoubt(isInDoubt);
  }

  #count(bytes: number): void {
    this.#unseen = { frames: this.#unseen.frames + 1, bytes: this.#unseen.bytes + bytes };
    if (this.#unseen.frames >= seenEveryFrames || this.#unseen.bytes >= seenEveryBytes) this.seen();
  }

  /** What is said in one turn goes out as one frame. */
  #say(frame: object): void {
    this.#outgoing.push(JSON.stringify(frame));
    if (this.#outgoing.length === 1) queueMicrotask(() => this.#flush());
  }

  #flush(): void {
    const outgoing = this.#outgoing;
    this.#outgoing = [];
    if (this.#isOver) return;
    let batch: string[] = [];
    let characters = 0;
    const send = () => {
      const [only] = batch;
      if (only !== undefined) this.#send(batch.length === 1 ? only : `[${batch.join(",")}]`);
      batch = [];
      characters = 0;
    };
    for (const text of outgoing) {
      if (batch.length === limits.frameObjectsMax || characters + text.length > frameCharactersMax) send();
      batch.push(text);
      characters += text.length;
    }
    send();
  }

  #ping(): void {
    this.#unanswered++;
    this.#beatAt = this.#parts.clock.now();
    this.#send("ping");
  }

  #send(text: string): void {
    try {
      this.#parts.socket.send(text);
    } catch {
      this.drop(closeCodes.silent.code);
    }
  }

  #end(code: number): void {
    if (this.#isOver) return;
    const livedMs = this.#helloAt === undefined ? 0 : Math.max(1, this.#parts.clock.now() - this.#helloAt);
    this.#finish();
    this.#parts.onEnd({ code, livedMs, drainMs: this.#drainMs });
  }

  #finish(): void {
    this.#isOver = true;
    this.#cancelTimer();
    for (const { reject, cancel } of this.#waiting.values()) {
      cancel();
      reject(unreachable("the socket closed before the answer"));
    }
    this.#waiting.clear();
  }
}

function isAnswer(frame: Typed): frame is AnswerFrame {
  return frame.type === "ok" || frame.type === "error";
}

function isError(frame: AnswerFrame): frame is Extract<AnswerFrame, { type: "error" }> {
  return frame.type === "error";
}

function isOther<F extends Typed>(frame: F): frame is Exclude<F, AnswerFrame> {
  return !isAnswer(frame);
}

function isHeartbeat(value: unknown): value is { intervalMs: number; timeoutMs: number } {
  return (
    typeof value === "object" &&
    value !== null &&
    "intervalMs" in value &&
    "timeoutMs" in value &&
    typeof value.intervalMs === "number" &&
    typeof value.timeoutMs === "number"
  );
}
