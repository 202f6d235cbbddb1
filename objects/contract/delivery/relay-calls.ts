/**
 * Owns what a conversation and its relays say to each other. A relay holds live sockets of a large group. The conversation calls it once for each turn; the relay calls the
 * conversation when a socket opens or closes, and with the frames of its sockets. No call waits for one in the other direction.
 */
import type { CloseReason } from "../../../schema/errors.ts";
import type { ConversationId, DeviceId, Epoch, Rev, Seq, TimeMs, UserId } from "../../../schema/ids.ts";
import type { Actor } from "../actor.ts";
import type { Command, CommandAnswer } from "../command.ts";

/** A socket of a relay, named by the relay. */
export type SocketId = string;

/** Which relay: of this conversation the one with this number. Number 0 would be the conversation itself. */
export type RelayName = { conversationId: ConversationId; number: number };

export type RelaySocket = { id: SocketId; userId: UserId; deviceId: DeviceId; openedAt: TimeMs };

/** The frame of a change, for all sockets. `since`: the rev that the change follows. `by`: who made it. `olderSeq`: the older message that it changes. */
export type RelayItem = { since: Rev; rev: Rev; frame: string; by?: UserId; olderSeq?: Seq };

/** Names a frame of a socket that waits for its answer. The relay gives it. */
export type AskId = number;

export type RelayTurn = {
  relay: RelayName;
  /** A life of the conversation's object. What an earlier life was asked gets no answer any more. */
  life: string;
  /**
   * The changes of `(since, rev]`. The relay applies them if its sockets have everything up to `since`. Undefined: the conversation does not know what they have, and only
   * asks.
   */
  changes?: { since: Rev; rev: Rev; items: RelayItem[] };
  /** Whether changes of messages are hidden from members who joined after these. */
  hidesOlder: boolean;
  /** Before anything else these sockets are closed. */
  ends: [SocketId, CloseReason][];
  answers: [AskId, CommandAnswer][];
  /** Frames for the sockets of single users, which are sent after the changes. */
  signs: [UserId, string[]][];
  /** The relay is to be emptied: its clients are asked to reconnect within this time. */
  drainMs?: number;
  /** Whether the answer names all sockets. */
  wantsSockets: boolean;
};

/** `rev`: what the sockets have now; null where there is none. `count`: sockets, and upgrades that are under way. */
export type RelayState = { rev: Rev | null; count: number; sockets?: RelaySocket[] };

export interface RelayCalls {
  /** Applies a turn. It may be repeated: what the sockets have is not sent again. */
  turn(turn: RelayTurn): Promise<RelayState>;
  /** When the last frame of the device came on its sockets here; null if it has none. Silent sockets are closed. */
  heard(userId: UserId, deviceId: DeviceId): Promise<TimeMs | null>;

  // fetch(): GET /live with Upgrade: a live socket; headers carry the identity and the name of the relay (shared/identity).
}

/** An upgrade at a relay. */
export type RelayJoin = { socket: RelaySocket; rev: Rev | undefined; epoch: Epoch | undefined };

/** `missed`: frames for this socket alone, after `hello`. `rev`: the head, up to which it has everything then. `joinedSeq`: messages after it are not from before the member joined. */
export type RelayJoined = { hello: string; missed: string[]; rev: Rev; joinedSeq: Seq };

export type RelayLeft = { id: SocketId; heardAt: TimeMs };

/** `ask` null: the frame needs no answer. */
export type RelayAsk = { actor: Actor; command: Command; ask: AskId | null };
