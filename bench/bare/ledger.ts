/**
 * The chain of courier.ts with what Parley promises, in the least code: a member's object counts unread messages and gives each change a version, tells its
 * sockets, and has it on disk a second or two later at the latest; the conversation knows by the answers which inboxes are behind, and has an alarm for a crash;
 * a call upwards has a time limit. It has no checks, no hashes and no accounts. It measures what the promises themselves cost.
 */
import { DurableObject } from "cloudflare:workers";
import { type BareFrame, cached, insertMessage, membersOf, messagesTable } from "./chain.ts";
import { acceptSocket } from "./room.ts";

export interface LedgerEnv {
  readonly LEDGER_USERS: DurableObjectNamespace<LedgerUser>;
  readonly LEDGER_CONVERSATIONS: DurableObjectNamespace<LedgerConversation>;
}

type Row = { head: number; unread: number; version: number };
type Head = { readonly conversationId: string; readonly seq: number; readonly sender: string };

const callMs = 5_000;
const commitMs = 1_000;
const commitSpreadMs = 800;
const alarmMs = 5_000;

const inboxTable =
  "CREATE TABLE IF NOT EXISTS inbox (conversation TEXT PRIMARY KEY, head INTEGER NOT NULL, unread INTEGER NOT NULL, version INTEGER NOT NULL) WITHOUT ROWID";
const writeRow = "INSERT OR REPLACE INTO inbox (conversation, head, unread, version) VALUES (?, ?, ?, ?)";

export class LedgerUser extends DurableObject<LedgerEnv> {
  readonly #conversations = new Map<string, DurableObjectStub<LedgerConversation>>();
  readonly #rows = new Map<string, Row>();
  readonly #changed = new Set<string>();
  /** The calls that are answered when their rows are written: the first of each conversation. */
  readonly #unanswered = new Map<string, (seq: number) => void>();
  #version = 0;
  #committedAt = -Infinity;
  #timer: ReturnType<typeof setTimeout> | undefined;

  constructor(ctx: DurableObjectState, env: LedgerEnv) {
    super(ctx, env);
    ctx.storage.sql.exec(inboxTable);
  }

  override fetch(): Response {
    return acceptSocket(this.ctx);
  }

  override async webSocketMessage(socket: WebSocket, frame: string): Promise<void> {
    const { ref, conversationId }: BareFrame = JSON.parse(frame);
    const stub = cached(this.#conversations, conversationId, () =>
      this.env.LEDGER_CONVERSATIONS.getByName(conversationId),
    );
    const seq = await inTime(Promise.resolve(stub.submit(conversationId, this.ctx.id.name ?? "", frame)));
    socket.send(JSON.stringify({ type: "ok", ref, seq }));
  }

  /** The delivery's own fields, a line break, and the frame as it goes on. */
  deliver(packed: string): Promise<number | undefined> {
    const end = packed.indexOf("\n");
    const { conversationId, seq, sender }: Head = JSON.parse(packed.slice(0, end));
    const row = cached(this.#rows, conversationId, () => ({ head: 0, unread: 0, version: 0 }));
    row.head = seq;
    row.unread = sender === this.ctx.id.name ? 0 : row.unread + 1;
    row.version = ++this.#version;
    const frame = `{"message":${packed.slice(end + 1)},"inbox":{"version":${row.version},"unread":${row.unread}}}`;
    for (const socket of this.ctx.getWebSockets()) socket.send(frame);
    this.#changed.add(conversationId);
    const isOpen = this.#unanswered.has(conversationId);
    const answer = isOpen
      ? Promise.resolve(undefined)
      : new Promise<number>((resolve) => this.#unanswered.set(conversationId, resolve));
    const quietMs = Date.now() - this.#committedAt;
    if (quietMs >= commitMs + commitSpreadMs) this.#commit();
    else
      this.#timer ??= setTimeout(
        () => this.#commit(),
        Math.max(0, commitMs + Math.random() * commitSpreadMs - quietMs),
      );
    return answer;
  }

  #commit(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    this.#committedAt = Date.now();
    this.ctx.storage.transactionSync(() => {
      for (const id of this.#changed) {
        const { head, unread, version } = this.#rows.get(id) ?? { head: 0, unread: 0, version: 0 };
        this.ctx.storage.sql.exec(writeRow, id, head, unread, version);
      }
    });
    this.#changed.clear();
    for (const [id, resolve] of this.#unanswered) resolve(this.#rows.get(id)?.head ?? 0);
    this.#unanswered.clear();
  }
}

export class LedgerConversation extends DurableObject<LedgerEnv> {
  readonly #members = new Map<string, DurableObjectStub<LedgerUser>>();
  /** Up to which message each member's inbox is on disk. */
  readonly #stored = new Map<string, number>();
  #hasAlarm = false;

  constructor(ctx: DurableObjectState, env: LedgerEnv) {
    super(ctx, env);
    ctx.storage.sql.exec(messagesTable);
  }

  submit(conversationId: string, sender: string, frame: string): number {
    if (!this.#hasAlarm) void this.ctx.storage.setAlarm(Date.now() + alarmMs);
    this.#hasAlarm = true;
    const seq = Number(this.ctx.storage.sql.exec(insertMessage, frame).one()["seq"]);
    const head: Head = { conversationId, seq, sender };
    const packed = `${JSON.stringify(head)}\n${frame}`;
    for (const member of membersOf(conversationId)) {
      const stub = cached(this.#members, member, () => this.env.LEDGER_USERS.getByName(member));
      this.ctx.waitUntil(
        stub.deliver(packed).then((stored) => {
          if (stored !== undefined) this.#stored.set(member, stored);
        }),
      );
    }
    return seq;
  }

  override alarm(): void {
    this.#hasAlarm = false;
  }
}

function inTime<T>(work: Promise<T>): Promise<T> {
  return new Promise((resolve, reject) => {
    const timer = setTimeout(() => reject(new Error("too late")), callMs);
    work.then(
      (value) => {
        clearTimeout(timer);
        resolve(value);
      },
      (error: unknown) => {
        clearTimeout(timer);
        reject(error);
      },
    );
  });
}
