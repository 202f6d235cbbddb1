/**
 * Owns the sync sockets that look silent. A socket that has been silent for longer than the timeout is listened to, and closed if it stays silent. A device
 * that sends something meanwhile keeps its socket; a device that sends something later has to open a new one.
 */
import { isSilent } from "../../../core/presence.ts";
import { now } from "../../shared/platform/clock.ts";
import { Listening } from "../../shared/sockets/listening.ts";
import type { SyncSocket, SyncSockets } from "../sync-sockets.ts";

export class SilentSockets {
  readonly #sockets: SyncSockets;
  readonly #listening: Listening;

  /** `close` is the task of the timer: what is done with a socket that stayed silent. */
  constructor(sockets: SyncSockets, close: (socket: WebSocket) => void) {
    this.#sockets = sockets;
    this.#listening = new Listening(sockets.pong, close);
  }

  /** Begins to listen to the sockets that look silent now. */
  suspect(): void {
    const at = now();
    for (const entry of this.#sockets.entries())
      if (isSilent(this.#sockets.heardAt(entry), at)) this.#listening.suspect(entry.socket);
  }

  /** A frame came on the socket, or the socket is gone; answers whether it was listened to. */
  settle({ socket }: SyncSocket): boolean {
    return this.#listening.settle(socket);
  }
}
