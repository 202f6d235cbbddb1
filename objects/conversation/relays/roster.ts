/** Owns the sockets of one relay, as the conversation knows them: by their names, and by their users. */
import type { DeviceId, UserId } from "../../../schema/ids.ts";
import type { RelaySocket, SocketId } from "../../contract/delivery/relay-calls.ts";

export class Roster {
  readonly #sockets = new Map<SocketId, RelaySocket>();
  readonly #ofUsers = new Map<UserId, Set<RelaySocket>>();

  get size(): number {
    return this.#sockets.size;
  }

  get all(): IterableIterator<RelaySocket> {
    return this.#sockets.values();
  }

  get users(): IterableIterator<UserId> {
    return this.#ofUsers.keys();
  }

  ofUser(userId: UserId): Iterable<RelaySocket> {
    return this.#ofUsers.get(userId) ?? [];
  }

  ofDevice(userId: UserId, deviceId: DeviceId): RelaySocket[] {
    return [...this.ofUser(userId)].filter((socket) => socket.deviceId === deviceId);
  }

  put(socket: RelaySocket): void {
    this.take(socket.id);
    this.#sockets.set(socket.id, socket);
    const own = this.#ofUsers.get(socket.userId);
    if (own === undefined) this.#ofUsers.set(socket.userId, new Set([socket]));
    else own.add(socket);
  }

  /** Answers the socket that is not there any more, if it was. */
  take(id: SocketId): RelaySocket | undefined {
    const socket = this.#sockets.get(id);
    if (socket === undefined) return undefined;
    this.#sockets.delete(id);
    const own = this.#ofUsers.get(socket.userId);
    own?.delete(socket);
    if (own?.size === 0) this.#ofUsers.delete(socket.userId);
    return socket;
  }

  clear(): void {
    this.#sockets.clear();
    this.#ofUsers.clear();
  }
}
