/** The same chain with group commit at each object: one call, one transaction and one array frame for all frames of a turn. */
import { DurableObject } from "cloudflare:workers";
import { type BareFrame, cached, inboxTable, insertMessage, membersOf, messagesTable, updateInbox } from "./chain.ts";
import { acceptSocket, asOneFrame } from "./room.ts";

export interface GroupedChainEnv {
  readonly GROUPED_USERS: DurableObjectNamespace<GroupedUser>;
  readonly GROUPED_CONVERSATIONS: DurableObjectNamespace<GroupedConversation>;
}

type Upward = { readonly ref: string; readonly frame: string; readonly socket: WebSocket };
type Delivered = {
  readonly conversationId: string;
  readonly head: number;
  readonly frames: string[];
  readonly done: () => void;
};

export class GroupedUser extends DurableObject<GroupedChainEnv> {
  /** For each conversation: the frames that wait, and whether a call is under way. */
  readonly #upward = new Map<string, { waiting: Upward[]; isBusy: boolean }>();
  readonly #conversations = new Map<string, DurableObjectStub<GroupedConversation>>();
  #delivered: Delivered[] = [];

  constructor(ctx: DurableObjectState, env: GroupedChainEnv) {
    super(ctx, env);
    ctx.storage.sql.exec(inboxTable);
  }

  override fetch(): Response {
    return acceptSocket(this.ctx);
  }

  override webSocketMessage(socket: WebSocket, frame: string): void {
    const { ref, conversationId }: BareFrame = JSON.parse(frame);
    const lane = cached(this.#upward, conversationId, () => ({ waiting: [], isBusy: false }));
    lane.waiting.push({ ref, frame, socket });
    if (lane.isBusy) return;
    lane.isBusy = true;
    setTimeout(() => this.ctx.waitUntil(this.#passUp(conversationId, lane)), 0);
  }

  async #passUp(conversationId: string, lane: { waiting: Upward[]; isBusy: boolean }): Promise<void> {
    const stub = cached(this.#conversations, conversationId, () =>
      this.env.GROUPED_CONVERSATIONS.getByName(conversationId),
    );
    while (lane.waiting.length > 0) {
      const batch = lane.waiting;
      lane.waiting = [];
      const seqs = await stub.submit(
        conversationId,
        batch.map((upward) => upward.frame),
      );
      const acks = new Map<WebSocket, string[]>();
      for (const [index, { ref, socket }] of batch.entries()) {
        const ack = JSON.stringify({ type: "ok", ref, seq: seqs[index] });
        const earlier = acks.get(socket);
        if (earlier === undefined) acks.set(socket, [ack]);
        else earlier.push(ack);
      }
      for (const [socket, frames] of acks) socket.send(asOneFrame(frames));
    }
    lane.isBusy = false;
  }

  deliver(conversationId: string, head: number, frames: string[]): Promise<void> {
    return new Promise((done) => {
      if (this.#delivered.push({ conversationId, head, frames, done }) === 1) setTimeout(() => this.#drain(), 0);
    });
  }

  #drain(): void {
    const delivered = this.#delivered;
    this.#delivered = [];
    this.ctx.storage.transactionSync(() => {
      for (const { conversationId, head, frames } of delivered)
        this.ctx.storage.sql.exec(updateInbox, conversationId, head, frames.length);
    });
    const text = asOneFrame(delivered.flatMap(({ frames }) => frames));
    for (const socket of this.ctx.getWebSockets()) socket.send(text);
    for (const { done } of delivered) done();
  }
}

type Submitted = { readonly frames: string[]; readonly answer: (seqs: number[]) => void };
type Lane = { member: string; sentUpTo: number; isBusy: boolean };

export class GroupedConversation extends DurableObject<GroupedChainEnv> {
  #submitted: Submitted[] = [];
  /** Messages that some member has not received yet; `#recentFrom` is the seq of the first. */
  #recent: string[] = [];
  #recentFrom = 1;
  #lanes: Lane[] | undefined;
  #head = 0;
  readonly #members = new Map<string, DurableObjectStub<GroupedUser>>();

  constructor(ctx: DurableObjectState, env: GroupedChainEnv) {
    super(ctx, env);
    ctx.storage.sql.exec(messagesTable);
    this.#head = Number(ctx.storage.sql.exec("SELECT COALESCE(MAX(seq), 0) AS head FROM messages").one()["head"]);
    this.#recentFrom = this.#head + 1;
  }

  submit(conversationId: string, frames: string[]): Promise<number[]> {
    return new Promise((answer) => {
      if (this.#submitted.push({ frames, answer }) === 1) setTimeout(() => this.#drain(conversationId), 0);
    });
  }

  #drain(conversationId: string): void {
    const submitted = this.#submitted;
    this.#submitted = [];
    this.#lanes ??= membersOf(conversationId).map((member) => ({ member, sentUpTo: this.#head, isBusy: false }));
    const answers = this.ctx.storage.transactionSync(() =>
      submitted.map(({ frames }) =>
        frames.map((frame) => Number(this.ctx.storage.sql.exec(insertMessage, frame).one()["seq"])),
      ),
    );
    for (const [index, { frames, answer }] of submitted.entries()) {
      this.#recent.push(...frames);
      this.#head += frames.length;
      answer(answers[index] ?? []);
    }
    for (const lane of this.#lanes) if (!lane.isBusy) this.ctx.waitUntil(this.#fanOut(conversationId, lane));
  }

  async #fanOut(conversationId: string, lane: Lane): Promise<void> {
    lane.isBusy = true;
    const stub = cached(this.#members, lane.member, () => this.env.GROUPED_USERS.getByName(lane.member));
    while (lane.sentUpTo < this.#head) {
      const head = this.#head;
      await stub.deliver(conversationId, head, this.#recent.slice(lane.sentUpTo + 1 - this.#recentFrom));
      lane.sentUpTo = head;
    }
    lane.isBusy = false;
    this.#forget();
  }

  #forget(): void {
    const settled = Math.min(...(this.#lanes ?? []).map((lane) => lane.sentUpTo));
    if (settled < this.#recentFrom) return;
    this.#recent = this.#recent.slice(settled + 1 - this.#recentFrom);
    this.#recentFrom = settled + 1;
  }
}
