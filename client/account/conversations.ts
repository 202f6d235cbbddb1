/** Owns the conversations that a program or the page has asked for: makes each once, and passes news of the account to all of them. */
import { conversationId as conversationIdForm, type UserId } from "../../schema/ids.ts";
import type { Message } from "../../schema/wire/message.ts";
import type { Clock } from "../contract/platform.ts";
import type { Storage } from "../contract/storage.ts";
import { Conversation } from "../conversation/conversation.ts";
import { ParleyError } from "../errors.ts";
import type { Api } from "../link/api.ts";
import type { Connection } from "../link/connection.ts";
import type { Unsent } from "../outbox/unsent.ts";
import type { Session } from "../session/session.ts";
import type { OpenAccountSocket } from "../tabs/opening.ts";
import type { Inbox } from "./inbox.ts";

export interface ConversationsParts {
  readonly userId: UserId;
  readonly api: Api;
  readonly clock: Clock;
  readonly random: () => number;
  readonly storage: Storage;
  readonly session: Session;
  readonly inbox: Inbox;
  readonly unsent: Unsent;
  readonly connection: Connection;
  readonly isWriter: () => boolean;
  readonly openSocket: OpenAccountSocket;
  readonly onLive: (conversationId: string, news: { readonly type: string } | { readonly pong: number }) => void;
  readonly onArrived: (conversationId: string, messages: readonly Message[]) => void;
}

export class Conversations {
  readonly #parts: () => ConversationsParts;
  readonly #made = new Map<string, Conversation>();

  /** `parts` are asked for when the first conversation is: some of them need conversations themselves. */
  constructor(parts: () => ConversationsParts) {
    this.#parts = parts;
  }

  /** The conversation, if somebody has asked for it. */
  known(conversationId: string): Conversation | undefined {
    return this.#made.get(conversationId);
  }

  /** The conversation; undefined where that is no id of one. */
  find(conversationId: string): Conversation | undefined {
    return conversationIdForm.safeParse(conversationId).success ? this.get(conversationId) : undefined;
  }

  get(conversationId: string): Conversation {
    const known = this.#made.get(conversationId);
    if (known !== undefined) return known;
    const conversation = this.#make(conversationId);
    this.#made.set(conversationId, conversation);
    return conversation;
  }

  rowsTouched(): void {
    for (const conversation of this.#made.values()) conversation.rowTouched();
  }

  /** The account's link changed; `isLinked`: it is there again. */
  linkChanged(isLinked: boolean): void {
    for (const conversation of this.#made.values()) conversation.linkChanged(isLinked);
  }

  /** This tab writes to storage from now on, also what it received while another tab wrote. */
  store(): void {
    for (const conversation of this.#made.values()) void conversation.store();
  }

  /** The account's sockets go by another tab from now on. */
  linkMoved(): void {
    for (const { door } of this.#made.values()) door.moved();
  }

  /** Live sockets can be had again. */
  linkUp(): void {
    for (const { door } of this.#made.values()) door.wake();
  }

  close(): void {
    for (const conversation of this.#made.values()) conversation.close();
  }

  #make(conversationId: string): Conversation {
    const parsed = conversationIdForm.safeParse(conversationId);
    if (!parsed.success)
      throw new ParleyError({ code: "bad_request", detail: "conversationId: not the id of a conversation" });
    const { session, unsent, connection, openSocket, onArrived, onLive, ...parts } = this.#parts();
    return new Conversation({
      ...parts,
      id: parsed.data,
      outbox: unsent.outbox,
      edits: unsent.edits,
      keepReceipt: (owed) => unsent.keepReceipt(conversationId, owed),
      serverNow: () => session.now(),
      isLinked: () => connection.isLinked,
      isStale: () => connection.getSnapshot().isStale,
      mayUseSockets: () => !["polling", "offline", "reauth", "stopped"].includes(connection.getSnapshot().status),
      syncSocket: () => connection.socket,
      openLive: async (at, listen) => await openSocket(() => ({ kind: "live", conversationId, ...at }), listen),
      onLive: (news) => onLive(conversationId, news),
      renew: async () => await session.renew(),
      onArrived: (messages) => onArrived(conversationId, messages),
    });
  }
}
