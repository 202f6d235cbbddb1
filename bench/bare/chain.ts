/**
 * Three bare objects in a chain: a user's object passes a frame to the conversation's, which stores it and calls every member's
 * object, which updates a row and sends to its sockets. It measures what the platform can do with sync sockets, one call a message.
 * A conversation is named after its members ("pair.3" = u6 and u7, "group.100" = u0 … u99), so nothing has to be set up.
 */
import { DurableObject } from "cloudflare:workers";
import { acceptSocket } from "./room.ts";

export interface ChainEnv {
  readonly CHAIN_USERS: DurableObjectNamespace<ChainUser>;
  readonly CHAIN_CONVERSATIONS: DurableObjectNamespace<ChainConversation>;
}

export class ChainUser extends DurableObject<ChainEnv> {
  readonly #conversations = new Map<string, DurableObjectStub<ChainConversation>>();

  constructor(ctx: DurableObjectState, env: ChainEnv) {
    super(ctx, env);
    ctx.storage.sql.exec(inboxTable);
  }

  override fetch(): Response {
    return acceptSocket(this.ctx);
  }

  override async webSocketMessage(socket: WebSocket, frame: string): Promise<void> {
    const { ref, conversationId }: BareFrame = JSON.parse(frame);
    const stub = cached(this.#conversations, conversationId, () =>
      this.env.CHAIN_CONVERSATIONS.getByName(conversationId),
    );
    const seq = await stub.submit(conversationId, frame);
    socket.send(JSON.stringify({ type: "ok", ref, seq }));
  }

  deliver(conversationId: string, seq: number, frame: string): void {
    this.ctx.storage.sql.exec(updateInbox, conversationId, seq, 1);
    for (const socket of this.ctx.getWebSockets()) socket.send(frame);
  }
}

export class ChainConversation extends DurableObject<ChainEnv> {
  readonly #members = new Map<string, DurableObjectStub<ChainUser>>();

  constructor(ctx: DurableObjectState, env: ChainEnv) {
    super(ctx, env);
    ctx.storage.sql.exec(messagesTable);
  }

  submit(conversationId: string, frame: string): number {
    const seq = Number(this.ctx.storage.sql.exec(insertMessage, frame).one()["seq"]);
    for (const member of membersOf(conversationId)) {
      const stub = cached(this.#members, member, () => this.env.CHAIN_USERS.getByName(member));
      this.ctx.waitUntil(Promise.resolve(stub.deliver(conversationId, seq, frame)));
    }
    return seq;
  }
}

export type BareFrame = { readonly ref: string; readonly conversationId: string };

export const inboxTable =
  "CREATE TABLE IF NOT EXISTS inbox (conversation TEXT PRIMARY KEY, head INTEGER NOT NULL, unread INTEGER NOT NULL) WITHOUT ROWID";
export const updateInbox =
  "INSERT INTO inbox (conversation, head, unread) VALUES (?, ?, ?) ON CONFLICT (conversation) DO UPDATE SET head = excluded.head, unread = unread + excluded.unread";
export const messagesTable = "CREATE TABLE IF NOT EXISTS messages (seq INTEGER PRIMARY KEY, frame TEXT NOT NULL)";
export const insertMessage = "INSERT INTO messages (frame) VALUES (?) RETURNING seq";

export function membersOf(conversationId: string): string[] {
  const [kind, text] = conversationId.split(".");
  const number = Number(text);
  if (kind === "pair") return [`u${2 * number}`, `u${2 * number + 1}`];
  return Array.from({ length: number }, (_, index) => `u${index}`);
}

export function cached<T>(map: Map<string, T>, key: string, make: () => T): T {
  let value = map.get(key);
  if (value === undefined) map.set(key, (value = make()));
  return value;
}
