/** A server for many tabs of one user: one conversation out of a model, sockets that answer by themselves, and a count of the open ones. */
import type { z } from "zod";
import type { Fetch, SocketConstructor } from "../../../../client/index.ts";
import type { Summary } from "../../../../schema/wire/inbox.ts";
import type { Message } from "../../../../schema/wire/message.ts";
import { messageDraft } from "../../../../schema/wire/send.ts";
import { errorFrameOf, refuse } from "../../../../schema/errors.ts";
import { modelConversation, modelUsers } from "../conversation/conversation-model.ts";
import { missedSince, modelWith } from "../conversation/conversation-on-screen.ts";
import { answerFrom } from "../conversation/conversation-server.ts";
import { FakeServer, refused, type Answer, type Asked } from "../fake-fetch.ts";
import { row } from "../summary-row.ts";
import type { WoundClock } from "../../wound-clock.ts";
import type { FakeTab } from "./fake-ground.ts";
import { type Frame, type OnSaid, TabSocket } from "./tab-socket.ts";

const heartbeat = { intervalMs: 5_000, timeoutMs: 30_000 };
export class TabServer {
  readonly model = modelWith(3);
  readonly clock: WoundClock;
  readonly sockets: TabSocket[] = [];
  readonly http: FakeServer;
  readonly state = { isDown: false, areSocketsBlocked: false, isSilent: false, isRevoked: false };
  /** The ids of the members who have a handle; answered anew at each question. */
  membersNamed: (handle: string) => readonly string[] = () => [];
  version = 1;
  read = 0;
  /** The device that signed in last. */
  devices = 0;
  #row: Summary;

  constructor(clock: WoundClock) {
    this.clock = clock;
    this.http = new FakeServer((asked) => this.#answer(asked));
    this.#row = this.#made();
  }

  fetchOf(tab: FakeTab): Fetch {
    return (url, init) =>
      new Promise((resolve, reject) => {
        this.http.fetch(url, init).then(
          (response) => tab.run(() => resolve(response)),
          (error: unknown) => tab.run(() => reject(error instanceof Error ? error : new Error(String(error)))),
        );
      });
  }

  socketsOf(tab: FakeTab): SocketConstructor {
    const opened = (socket: TabSocket) => {
      this.sockets.push(socket);
      queueMicrotask(() => this.#accept(socket));
    };
    const said: OnSaid = (socket, frame) => this.#said(socket, frame);
    return class extends TabSocket {
      constructor(url: string) {
        super(url, tab, said);
        opened(this);
      }
    };
  }

  /** The sockets that are open now. */
  linked(kind: "sync" | "live"): TabSocket[] {
    return this.sockets.filter((socket) => socket.kind === kind && socket.readyState === 1 && socket.isOpen);
  }

  /** Sockets that were ever opened. */
  opened(kind: "sync" | "live"): number {
    return this.sockets.filter((socket) => socket.kind === kind).length;
  }

  asked(method: string, end: string): number {
    return this.http.asked.filter((each) => each.method === method && each.path.endsWith(end)).length;
  }

  /** Somebody else sends a message. */
  arrives(text: string): Message {
    const message = this.model.send(1, text);
    this.#row = this.#made();
    this.#tell(message);
    return message;
  }

  typing(userId: string): void {
    const until = this.clock.now() + 8_000;
    for (const socket of this.linked("live"))
      socket.say({ type: "typing", conversationId: modelConversation, userId, until });
  }

  receipt(userId: string, read: number): void {
    for (const socket of this.linked("live"))
      socket.say({ type: "receipt", conversationId: modelConversation, userId, delivered: read, read });
  }

  presence(userId: string, status: "online" | "offline"): void {
    for (const socket of this.linked("sync"))
      socket.say({ type: "presence", presence: [{ userId, status, lastActiveAt: this.clock.now() }] });
  }

  /** The frames of a type that all sockets received, in the order of the sockets. */
  said(type: string): Frame[] {
    return this.sockets.flatMap(({ sent }) => sent.filter((frame) => frame["type"] === type));
  }

  #made(): Summary {
    const { seq, rev } = this.model;
    const unread = [...this.model.messages.values()].filter((each) => each.seq > this.read && each.senderId !== "ana");
    return row(modelConversation, ++this.version, {
      head: { seq, rev, at: this.clock.now() },
      read: this.read,
      unread: unread.length,
    });
  }

  #accept(socket: TabSocket): void {
    const { isDown, areSocketsBlocked, isSilent, isRevoked } = this.state;
    if (isSilent) return;
    if (isDown || areSocketsBlocked || isRevoked) return socket.end(1006);
    if (socket.readyState !== 0) return;
    socket.accept();
    const { searchParams } = socket.url;
    if (socket.kind === "sync") {
      const since = searchParams.has("since") ? Number(searchParams.get("since")) : -1;
      const serverTime = this.clock.now();
      const hello = {
        type: "hello",
        version: this.version,
        epoch: "e1",
        userId: "ana",
        deviceId: this.#device,
        serverTime,
      };
      const conversations = this.#row.version > since ? [this.#row] : [];
      const reset = since === -1;
      socket.say([
        { ...hello, heartbeat },
        { type: "inbox", version: this.version, conversations, ...(reset ? { reset } : {}), more: false },
      ]);
      return;
    }
    const rev = Number(searchParams.get("rev"));
    const members = modelUsers.map((userId) => ({ userId, delivered: 0, read: 0 }));
    socket.say({
      type: "hello",
      conversationId: modelConversation,
      epoch: "e1",
      head: this.model.head,
      members,
      behind: false,
    });
    for (const frame of missedSince(this.model, rev)) socket.say(frame);
  }

  #said(socket: TabSocket, frame: Frame | "ping"): void {
    if (this.state.isSilent) return;
    if (frame === "ping") {
      if (this.state.isDown) return;
      return socket.say(`pong:${socket.kind === "sync" ? this.version : this.model.rev}`);
    }
    const ok = (more: object = {}) => {
      if (frame["ref"] !== undefined) socket.say({ type: "ok", ref: frame["ref"], ...more });
    };
    if (frame["type"] === "send") {
      const answer = this.#send(messageDraft.parse(frame));
      if (answer !== undefined) return ok(answer);
      socket.say(errorFrameOf(refuse("client_id_reused", "another body").refusal, String(frame["ref"])));
    } else if (frame["type"] === "receipt") {
      this.#receipt(Number(frame["read"] ?? 0));
      ok();
    } else if (frame["type"] === "watch") {
      const userIds = Array.isArray(frame["userIds"]) ? frame["userIds"] : [];
      ok({
        presence: userIds.map((userId: unknown) => ({ userId, status: "online", lastActiveAt: this.clock.now() })),
      });
    } else ok();
  }

  /** Undefined: another body has this clientId. */
  #send({ clientId, text, mentions = [] }: z.infer<typeof messageDraft>): object | undefined {
    const known = [...this.model.messages.values()].find((each) => each.clientId === clientId);
    const isRepeat = known?.text === text && known.mentions.join() === mentions.join();
    if (known !== undefined) return isRepeat ? { ...ackOf(known), duplicate: true } : undefined;
    const made = this.model.send(0, text);
    const message = { ...made, clientId, mentions };
    this.model.messages.set(message.seq, message);
    this.read = message.seq;
    this.#row = this.#made();
    this.#tell(message);
    return { ...ackOf(message), duplicate: false };
  }

  #receipt(read: number): void {
    if (read <= this.read) return;
    this.read = read;
    this.#row = this.#made();
    for (const socket of this.linked("sync"))
      socket.say({ type: "inbox", version: this.version, conversations: [this.#row] });
  }

  #tell(message: Message): void {
    const { version, unread, mentionsUnread } = this.#row;
    for (const socket of this.linked("live")) socket.say({ type: "message", message });
    for (const socket of this.linked("sync"))
      socket.say({ type: "message", message, inbox: { version, unread, mentionsUnread } });
  }

  get #device(): string {
    return `d${this.devices}`;
  }

  #answer(asked: Asked): Answer | "silence" | Promise<Answer> {
    const { method, path, query, body } = asked;
    if (this.state.isDown) return "silence";
    if (this.state.isSilent) return new Promise<Answer>(() => undefined);
    if (path === "/v1/sessions" && method === "POST") return { status: 201, body: this.#session() };
    if (path === "/v1/sessions/current") return { status: 204 };
    if (this.state.isRevoked && asked.token !== this.#token) return refused("unauthenticated");
    if (path === "/v1/sync") {
      const since = query.has("since") ? Number(query.get("since")) : -1;
      const conversations = this.#row.version > since ? [this.#row] : [];
      if (conversations.length === 0 && query.get("wait") !== "0") return new Promise<Answer>(() => undefined);
      return {
        status: 200,
        body: { version: this.version, epoch: "e1", reset: since === -1, conversations, more: false },
      };
    }
    const here = `/v1/conversations/${modelConversation}`;
    if (path === here) return { status: 200, body: this.#details() };
    if (path === `${here}/messages` && method === "POST") {
      const answer = this.#send(messageDraft.parse(body));
      return answer === undefined ? refused("client_id_reused") : { status: 201, body: answer };
    }
    if (path === `${here}/receipts` && method === "POST") {
      this.#receipt(Number((Object(body) as { read?: number }).read ?? 0));
      return { status: 204 };
    }
    if (path === `${here}/members`) {
      const handle = query.get("q") ?? "";
      const members = this.membersNamed(handle).map((id) => ({
        user: { id, handle, name: id, bio: "", avatarUrl: null },
        ...{ role: "member", joinedAt: 0, delivered: 0, read: 0 },
      }));
      return { status: 200, body: { members, cursor: null } };
    }
    if (path.startsWith(`${here}/`) && method === "GET") return answerFrom(this.model, () => "e1", asked);
    return refused("unavailable");
  }

  get #token(): string {
    return `access-${this.devices}`;
  }

  #session() {
    this.devices++;
    return {
      user: { id: "ana", handle: "ana", name: "Ana", bio: "", avatarUrl: null },
      device: { id: this.#device, name: "", platform: "" },
      accessToken: this.#token,
      accessTokenExpiresAt: this.clock.now() + 864_000_000,
      refreshToken: `refresh-${this.devices}`,
      deviceSecret: "secret",
    };
  }

  #details() {
    const user = (id: string) => ({ id, handle: id, name: id, bio: "", avatarUrl: null });
    return {
      id: modelConversation,
      kind: "group",
      mode: "small",
      title: modelConversation,
      policy: { add: "member", edit: "member", write: "member", history: "all" },
      createdAt: 0,
      createdBy: "ana",
      epoch: "e1",
      head: this.model.head,
      memberCount: modelUsers.length,
      members: modelUsers.map((id) => ({ user: user(id), role: "member", joinedAt: 0, delivered: 0, read: 0 })),
      me: { role: "member", read: this.read, delivered: this.read, joinedSeq: 0 },
    };
  }
}

function ackOf({ conversationId, seq, rev, sentAt, hash }: Message) {
  return { conversationId, seq, rev, sentAt, hash };
}
