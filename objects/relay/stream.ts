/**
 * Owns what a relay's sockets receive, and up to which rev they have it. That rev is the answer to `ping`, which the runtime keeps exactly as long as it keeps the sockets: so it
 * survives hibernation, and costs no row. A turn that begins beyond it is not applied; the conversation sees that by the answer, and tells what lies between.
 */
import type { CloseReason } from "../../schema/errors.ts";
import type { Rev, UserId } from "../../schema/ids.ts";
import type {
  RelayItem,
  RelayJoined,
  RelaySocket,
  RelayState,
  RelayTurn,
  SocketId,
} from "../contract/delivery/relay-calls.ts";
import type { LiveAttachment, LiveSockets, Shown } from "../shared/sockets/live-sockets.ts";
import { freeParcel, sendFree, sendParcel } from "../shared/sockets/sockets.ts";

type Changes = NonNullable<RelayTurn["changes"]>;

/** An upgrade that waits for the conversation: the changes that came meanwhile, and why it is to be closed, if it is. */
type Joining = { socket: RelaySocket; changes: Changes[]; ended: CloseReason | undefined };

export class Stream {
  readonly #sockets: LiveSockets;
  /** What the sockets have; undefined where there are none. */
  #rev: Rev | undefined;
  /** The greatest rev that a socket had when it opened. Changes up to it may not be sent to all sockets alike: each is sent only what it does not have. */
  #openedAtRev: Rev = 0;
  readonly #joining = new Map<SocketId, Joining>();

  constructor(ctx: DurableObjectState, sockets: LiveSockets) {
    this.#sockets = sockets;
    if (sockets.count === 0) return;
    this.#rev = revIn(ctx.getWebSocketAutoResponse()?.response);
    if (this.#rev === undefined) {
      // It woke in a moment in which the runtime answered no pings. Clients come back and ask for what they lack.
      sockets.closeWhere("restart", () => true);
      return;
    }
    sockets.setPong(this.#rev);
    for (const [, { relayed }] of sockets.all) this.#openedAtRev = Math.max(this.#openedAtRev, relayed?.rev ?? 0);
  }

  /** Before the conversation is asked for a new socket. */
  begin(socket: RelaySocket): void {
    this.#joining.set(socket.id, { socket, changes: [], ended: undefined });
  }

  /** The conversation refused it. */
  abandon(id: SocketId): void {
    this.#joining.delete(id);
  }

  /** The socket opens. No other frame comes before what the conversation answered. */
  open(socket: WebSocket, attachment: LiveAttachment, { hello, missed, rev }: RelayJoined): void {
    const id = attachment.relayed?.id ?? "";
    const joining = this.#joining.get(id);
    this.#joining.delete(id);
    if (this.#sockets.count === 0) this.#rev = undefined;
    let has = rev;
    const since: string[] = [];
    for (const changes of joining?.changes ?? []) {
      for (const item of changes.items) {
        if (item.rev <= has || isHidden(item, attachment)) continue;
        since.push(item.frame);
        has = item.rev;
      }
      has = Math.max(has, changes.rev);
    }
    if (attachment.relayed !== undefined) attachment.relayed.rev = has;
    this.#openedAtRev = Math.max(this.#openedAtRev, has);
    this.#sockets.accept(socket, attachment);
    this.#rev ??= has;
    this.#sockets.setPong(this.#rev);
    sendFree(socket, hello);
    sendParcel(socket, freeParcel([...missed, ...since]));
    if (joining?.ended !== undefined) this.#sockets.close(socket, joining.ended);
  }

  /** `answers`: those of frames of single sockets, as JSON. */
  apply(turn: RelayTurn, answers: ReadonlyMap<WebSocket, string[]>): RelayState {
    this.#end(turn.ends);
    const items = this.#take(turn.changes);
    const drain = turn.drainMs === undefined ? [] : [{ text: `{"type":"drain","afterMs":${turn.drainMs}}` }];
    const signs = new Map<UserId, string[]>(turn.signs);
    const shown = (some: readonly RelayItem[]): Shown[] => some.map(({ frame, by }) => ({ text: frame, by }));
    const first = items[0];
    const differs =
      (first !== undefined && first.rev <= this.#openedAtRev) ||
      (turn.hidesOlder && items.some(({ olderSeq }) => olderSeq !== undefined));
    const forReader = (reader: LiveAttachment): Shown[] => {
      const has = reader.relayed?.rev ?? 0;
      const own = items.filter((item) => item.rev > has && !(turn.hidesOlder && isHidden(item, reader)));
      return [...(differs ? shown(own) : []), ...(signs.get(reader.userId) ?? []).map((text) => ({ text }))];
    };
    const hasPersonal = differs || signs.size > 0;
    this.#sockets.broadcast([...(differs ? [] : shown(items)), ...drain], answers, hasPersonal ? forReader : undefined);
    return this.#state(turn.wantsSockets);
  }

  #end(ends: RelayTurn["ends"]): void {
    if (ends.length === 0) return;
    const reasons = new Map(ends);
    for (const [socket, { relayed }] of [...this.#sockets.all]) {
      const reason = reasons.get(relayed?.id ?? "");
      if (reason !== undefined) this.#sockets.close(socket, reason);
    }
    for (const [id, joining] of this.#joining) joining.ended ??= reasons.get(id);
  }

  /** What of these changes the sockets lack. None, if they lack something before. */
  #take(changes: Changes | undefined): RelayItem[] {
    if (this.#sockets.count === 0) this.#rev = undefined;
    if (changes === undefined) return [];
    // Who is out by now is sent nothing more.
    for (const joining of this.#joining.values()) if (joining.ended === undefined) joining.changes.push(changes);
    const rev = this.#rev;
    if (rev === undefined || changes.since > rev) return [];
    this.#rev = Math.max(rev, changes.rev);
    this.#sockets.setPong(this.#rev);
    return changes.items.filter((item) => item.rev > rev);
  }

  #state(wantsSockets: boolean): RelayState {
    const joining = [...this.#joining.values()].map(({ socket }) => socket);
    const state = { rev: this.#rev ?? null, count: this.#sockets.count + joining.length };
    if (!wantsSockets) return state;
    const open = [...this.#sockets.all].flatMap(([, { userId, deviceId, openedAt, relayed }]) =>
      relayed === undefined ? [] : { id: relayed.id, userId, deviceId, openedAt },
    );
    return { ...state, sockets: [...open, ...joining] };
  }
}

function isHidden({ olderSeq }: RelayItem, { relayed }: LiveAttachment): boolean {
  return olderSeq !== undefined && olderSeq <= (relayed?.joinedSeq ?? 0);
}

function revIn(pong: string | undefined): Rev | undefined {
  const rev = /^pong:(\d+)$/.exec(pong ?? "")?.[1];
  return rev === undefined ? undefined : Number(rev);
}
