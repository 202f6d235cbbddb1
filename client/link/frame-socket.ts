/**
 * Owns one socket: its heartbeat, the frames in both directions, the answers to requests, and the `seen` frames by which a device that only
 * reads shows the server that it keeps up. `onEnd` is called once. The socket does not reconnect; `connection.ts` opens another.
 */
import type { z } from "zod";
import { closeCodes } from "../../schema/errors.ts";
import { limits } from "../../schema/limits.ts";
import { utf8Bytes } from "../../schema/text.ts";
import type { upFrames, UpType } from "../../schema/wire/frames/up.ts";
import type { Clock, SocketLike } from "../contract/platform.ts";
import { ParleyError, unreachable } from "../errors.ts";
import type { AnswerFrame, FrameContent, SyncFrame } from "./frames.ts";

/** The socket is given up when no hello has come by then: a proxy on the way may accept the upgrade and pass no frames. */
const helloMsMax = 10_000;
/** The server answers every frame within 10 s. */
const answerMsMax = 12_000;
/** The server closes a socket that received 1,000 frames or 4 MiB and sent nothing. During catch-up it waits for a `seen` after 4 MiB. */
const seenEveryFrames = limits.unseenFramesMax / 2;
const seenEveryBytes = limits.unseenBytesMax / 2;
/** Unanswered pings in a row. From `doubtMin` on the link is in doubt. From `deadMin` on a silence of `timeoutMs` means that the socket is dead. */
const unansweredPings = { doubtMin: 2, deadMin: 2 } as const;
/** Keeps a frame below `bodyBytesMax`: a character takes up to three bytes. */
const frameCharactersMax = 300_000;

/** A frame without `ref`. The socket adds it. */
export type UpDraft = { [T in UpType]: Omit<z.input<(typeof upFrames)[T]>, "ref"> }[UpType];

/** A frame that another tab sends through this one. It is passed on unchanged. */
export type PassedFrame = { readonly type: string; readonly [field: string]: unknown };

export interface SocketEnd {
  readonly code: number;
  /** The time from the hello to the end; 0 if no hello came. */
  readonly livedMs: number;
  readonly drainMs: number | null;
}

export interface FrameSocketParts<F> {
  readonly socket: SocketLike;
  readonly clock: Clock;
  readonly read: (data: unknown) => FrameContent<F>;
  /** Called with all frames of one text frame except answers. The first call begins with the hello. */
  readonly onFrames: (frames: Exclude<F, AnswerFrame>[]) => void;
  readonly onPong: (counter: number) => void;
  /** Called when two pings in a row were not answered, and when something is heard after that. */
  readonly onDoubt: (isInDoubt: boolean) => void;
  readonly onEnd: (end: SocketEnd) => void;
}

type Typed = { readonly type: string };

export type SyncSocket = FrameSocket<SyncFrame>;

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
  /** Pings sent since something was last heard. They are counted because a late timer proves nothing: browsers fire timers of hidden tabs once a minute. */
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
    socket.addEventListener("message", ({ data }) => this.#receive(data));
    socket.addEventListener("close", ({ code }) => this.#end(code));
    socket.addEventListener("error", () => undefined);
    this.#cancelTimer = clock.after(helloMsMax, () => this.drop(closeCodes.silent.code));
  }

  /** Whether frames can be sent. */
  get isOpen(): boolean {
    return this.#helloAt !== undefined && !this.#isOver;
  }

  /**
   * Sends a frame and resolves to the fields of its `ok` frame. It rejects with the error that the server answers, or with `unavailable` when no
   * answer came: then it is unknown whether the server did it.
   */
  request(frame: UpDraft | PassedFrame): Promise<Record<string, unknown>> {
    return new Promise((resolve, reject) => {
      if (!this.isOpen) return reject(unreachable("the socket is closed"));
      const ref = `r${this.#nextRef++}`;
      const cancel = this.#parts.clock.after(answerMsMax, () => {
        this.#waiting.delete(ref);
        reject(unreachable(`no answer to ${frame.type}`));
      });
      this.#waiting.set(ref, { resolve, reject, cancel });
      this.#enqueue({ ...frame, ref });
    });
  }

  /** Sends a frame that is not answered. */
  post(frame: UpDraft | PassedFrame): void {
    if (this.isOpen) this.#enqueue(frame);
  }

  /** Confirms to the server that everything received so far was applied, so that it sends more. */
  seen(): void {
    this.#unseen = { frames: 0, bytes: 0 };
    this.post({ type: "seen" });
  }

  /** Sends a ping, because another tab that uses this socket pinged. It sends none when one was sent less than half a heartbeat ago. */
  beat(): void {
    const now = this.#parts.clock.now();
    if (!this.isOpen || now - this.#beatAt < this.#heartbeat.intervalMs / 2) return;
    this.#beatAt = now;
    this.#send("ping");
  }

  /** Sends a ping now, and drops the socket when nothing is heard within the given time. */
  probe(withinMs: number): void {
    if (!this.isOpen) return;
    const asked = this.#parts.clock.now();
    this.#ping();
    this.#parts.clock.after(withinMs, () => {
      if (this.isOpen && this.#heardAt < asked) this.drop(closeCodes.silent.code);
    });
  }

  /** Closes the socket and calls `onEnd` as if the server had closed it with this code. */
  drop(code: number): void {
    this.#end(code);
    this.#close();
  }

  /** Closes the socket without calling `onEnd`. */
  abandon(): void {
    if (this.#isOver) return;
    this.#finish();
    this.#close();
  }

  #close(): void {
    try {
      this.#parts.socket.close(1000);
    } catch {
      // Some implementations throw when a socket is closed while it opens. Nobody uses this socket any more.
    }
  }

  #receive(data: unknown): void {
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

  /** Frames of one turn of the event loop are sent as one text frame. */
  #enqueue(frame: object): void {
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
