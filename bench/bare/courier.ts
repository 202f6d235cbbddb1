/**
 * The chain of chain.ts, but the members' objects write no row: they only send to their sockets, so the conversation's commit is the only one on the way.
 * It measures the least that a message costs on this platform when it goes from a sync socket through objects to other sync sockets.
 */
import { DurableObject } from "cloudflare:workers";
import { type BareFrame, cached, insertMessage, membersOf, messagesTable } from "./chain.ts";
import { acceptSocket } from "./room.ts";

export interface CourierEnv {
  readonly COURIER_USERS: DurableObjectNamespace<CourierUser>;
  readonly COURIER_CONVERSATIONS: DurableObjectNamespace<CourierConversation>;
}

export class CourierUser extends DurableObject<CourierEnv> {
  readonly #conversations = new Map<string, DurableObjectStub<CourierConversation>>();

  override fetch(): Response {
    return acceptSocket(this.ctx);
  }

  override async webSocketMessage(socket: WebSocket, frame: string): Promise<void> {
    const { ref, conversationId }: BareFrame = JSON.parse(frame);
    const stub = cached(this.#conversations, conversationId, () =>
      this.env.COURIER_CONVERSATIONS.getByName(conversationId),
    );
    const seq = await stub.submit(conversationId, frame);
    socket.send(JSON.stringify({ type: "ok", ref, seq }));
  }

  deliver(frame: string): void {
    for (const socket of this.ctx.getWebSockets()) socket.send(frame);
  }
}

export class CourierConversation extends DurableObject<CourierEnv> {
  readonly #members = new Map<string, DurableObjectStub<CourierUser>>();

  constructor(ctx: DurableObjectState, env: CourierEnv) {
    super(ctx, env);
    ctx.storage.sql.exec(messagesTable);
  }

  submit(conversationId: string, frame: string): number {
    const seq = Number(this.ctx.storage.sql.exec(insertMessage, frame).one()["seq"]);
    for (const member of membersOf(conversationId)) {
      const stub = cached(this.#members, member, () => this.env.COURIER_USERS.getByName(member));
      this.ctx.waitUntil(Promise.resolve(stub.deliver(frame)));
    }
    return seq;
  }
}
