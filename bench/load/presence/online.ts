/** Owns people who are online: a sync socket each, which pings as a device does and may watch others. */
import { heartbeat } from "../../../schema/limits.ts";
import type { Presence } from "../../../schema/wire/presence.ts";
import type { JobSocket } from "../job.ts";
import { openAll } from "../opening.ts";
import type { LoadSocket } from "../socket.ts";

const watchingAtOnce = 10;
const watchAnswerMaxMs = 30_000;

/** The fields of a frame that this file reads. */
type Heard = { readonly type: string; readonly ref?: string; readonly presence?: readonly Presence[] };

export interface Hearing {
  /** Called with the presence that a socket receives, in an answer or in a frame of its own. */
  readonly presence: (socket: number, presence: readonly Presence[]) => void;
  readonly fault: (what: string) => void;
}

export class OnlineSockets {
  readonly #sockets: LoadSocket[] = [];
  readonly #hearing: Hearing;
  readonly #awaited = new Map<string, () => void>();
  #pinging: ReturnType<typeof setInterval> | undefined;
  #asked = 0;

  private constructor(hearing: Hearing) {
    this.#hearing = hearing;
  }

  static async open(port: number, sockets: readonly JobSocket[], hearing: Hearing): Promise<OnlineSockets> {
    const online = new OnlineSockets(hearing);
    online.#ping(sockets.length);
    try {
      await openAll(
        { port, sockets, readyText: '"more":false' },
        online.#sockets,
        (socket, text) => online.#hear(socket, text),
        hearing.fault,
      );
    } catch (error) {
      online.close();
      throw error;
    }
    return online;
  }

  /** Sends `watch` on each of the first sockets, with its set. Resolves when all were answered. */
  async watch(sets: readonly (readonly string[])[]): Promise<void> {
    for (let from = 0; from < sets.length; from += watchingAtOnce) {
      await Promise.all(
        sets.slice(from, from + watchingAtOnce).map((userIds, offset) => this.#watch(from + offset, userIds)),
      );
    }
  }

  close(): void {
    clearInterval(this.#pinging);
    for (const socket of this.#sockets) socket?.close();
  }

  /** The sockets ping one after the other: each pings every few seconds, and they do not all ping at once. */
  #ping(count: number): void {
    let next = 0;
    this.#pinging = setInterval(() => this.#sockets[next++ % count]?.send("ping"), heartbeat.intervalMs / count);
  }

  #watch(socket: number, userIds: readonly string[]): Promise<void> {
    const ref = `w${this.#asked++}`;
    return new Promise((resolve, reject) => {
      const timer = setTimeout(() => reject(new Error("no answer to `watch`")), watchAnswerMaxMs);
      this.#awaited.set(ref, () => {
        clearTimeout(timer);
        resolve();
      });
      this.#sockets[socket]?.send(JSON.stringify({ type: "watch", ref, userIds }));
    });
  }

  /** Frames here are few, so they are parsed; a `pong` is not JSON. */
  #hear(socket: number, text: string): void {
    if (text.startsWith("pong")) return;
    const heard: Heard | readonly Heard[] = JSON.parse(text);
    for (const { type, ref, presence } of Array.isArray(heard) ? heard : [heard]) {
      if (type === "error") this.#hearing.fault(text.slice(0, 300));
      if (presence !== undefined) this.#hearing.presence(socket, presence);
      if (type !== "ok" || ref === undefined) continue;
      this.#awaited.get(ref)?.();
      this.#awaited.delete(ref);
    }
  }
}
