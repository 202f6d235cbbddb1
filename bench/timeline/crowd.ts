/**
 * Owns a stand-in for the server: one group with as many messages and readers as wanted, which are made up when they are read. It serves the built web app
 * and sends the frames of a busy group on its sockets. So the bench can measure what a page spends on them, without the work of a real server beside it.
 */
import { createReadStream, existsSync } from "node:fs";
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { extname, join } from "node:path";
import { WebSocketServer, type WebSocket } from "ws";
import { heartbeat } from "../../schema/limits.ts";

export interface Crowd {
  readonly url: string;
  /** Sends messages and receipts at these rates. The function that is answered stops this, and answers how many messages were sent. */
  stream(rates: { readonly messagesPerSecond: number; readonly receiptsPerSecond: number }): () => number;
  stop(): Promise<void>;
}

export interface CrowdSize {
  readonly messages: number;
  readonly readers: number;
  /** Further chats in the list, which hold nothing. */
  readonly otherChats?: number;
}

const conversationId = "crowd";
const epoch = "e1";
const ownId = "me";
const startedAt = Date.now();
const types: Record<string, string> = {
  ".html": "text/html",
  ".js": "text/javascript",
  ".css": "text/css",
  ".svg": "image/svg+xml",
  ".json": "application/json",
  ".webmanifest": "application/manifest+json",
};
const words = "so the harbour lights went out one after another and nobody on the quay said a word about it".split(" ");
/** Receipts are sent at most this often. */
const receiptsEveryMs = 250;
/** Rows of the inbox that come in one frame at the start. */
const rowsPerFrame = 500;
/** Rows of the inbox are sent at most this often while the conversation is on screen. */
const rowsEveryMs = 1_000;

export async function startCrowd(webFolder: string, size: CrowdSize): Promise<Crowd> {
  const state = { seq: size.messages, version: 1 };
  const read = new Map(readersOf(size).map((id) => [id, size.messages]));
  const live = new Set<WebSocket>();
  const sync = new Set<WebSocket>();

  const server = createServer((request, response) => {
    const { pathname, searchParams } = new URL(request.url ?? "/", "http://crowd");
    if (!pathname.startsWith("/v1/")) return serveFile(webFolder, pathname, response);
    const body = answerTo(request.method ?? "GET", pathname, searchParams, { size, state, read });
    request.resume();
    if (body === null) return void response.writeHead(204).end();
    response.writeHead(200, { "content-type": "application/json" }).end(JSON.stringify(body));
  });
  const upgrades = new WebSocketServer({ server, handleProtocols: () => "parley.v1", perMessageDeflate: false });
  upgrades.on("connection", (socket: WebSocket, request: IncomingMessage) => {
    const isLive = (request.url ?? "").includes("/live");
    (isLive ? live : sync).add(socket);
    socket.on("close", () => (isLive ? live : sync).delete(socket));
    socket.on("message", (data: Buffer) => {
      const text = data.toString();
      if (text === "ping") return socket.send(`pong:${isLive ? state.seq : state.version}`);
      const frames: unknown = JSON.parse(text);
      for (const frame of Array.isArray(frames) ? frames : [frames])
        if (frame.ref !== undefined) socket.send(JSON.stringify({ type: "ok", ref: frame.ref, presence: [] }));
    });
    const say = (frame: object) => socket.send(JSON.stringify(frame));
    if (isLive) {
      const members = [...read].map(([userId, seq]) => ({ userId, delivered: seq, read: seq }));
      return say({ type: "hello", conversationId, epoch, head: headAt(state.seq), members, behind: false });
    }
    const { version } = state;
    say({ type: "hello", version, epoch, userId: ownId, deviceId: "d1", serverTime: Date.now(), heartbeat });
    const rows = [summaryOf(state), ...otherRows(size.otherChats ?? 0)];
    for (let at = 0; at < rows.length; at += rowsPerFrame) {
      const conversations = rows.slice(at, at + rowsPerFrame);
      say({ type: "inbox", version, conversations, reset: at === 0, more: at + rowsPerFrame < rows.length });
    }
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as AddressInfo;

  const tell = (sockets: ReadonlySet<WebSocket>, frame: object) => {
    const text = JSON.stringify(frame);
    for (const socket of sockets) socket.send(text);
  };
  return {
    url: `http://127.0.0.1:${port}`,
    stream: ({ messagesPerSecond, receiptsPerSecond }) => {
      const first = state.seq;
      const readers = [...read.keys()];
      let next = 0;
      const timers = [
        setInterval(
          () => tell(live, { type: "message", message: messageAt(++state.seq, size) }),
          1_000 / messagesPerSecond,
        ),
        setInterval(() => {
          const some = Array.from({ length: Math.round((receiptsPerSecond * receiptsEveryMs) / 1_000) }, () => {
            const userId = readers[next++ % readers.length] ?? ownId;
            read.set(userId, state.seq);
            return { type: "receipt", conversationId, userId, delivered: state.seq, read: state.seq };
          });
          if (some.length > 0) tell(live, some);
        }, receiptsEveryMs),
        setInterval(
          () => tell(sync, { type: "inbox", version: ++state.version, conversations: [summaryOf(state)] }),
          rowsEveryMs,
        ),
      ];
      return () => {
        for (const timer of timers) clearInterval(timer);
        return state.seq - first;
      };
    },
    stop: async () => {
      for (const socket of [...live, ...sync]) socket.terminate();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

interface CrowdFacts {
  readonly size: CrowdSize;
  readonly state: { readonly seq: number; readonly version: number };
  readonly read: ReadonlyMap<string, number>;
}

function answerTo(method: string, path: string, query: URLSearchParams, { size, state, read }: CrowdFacts): unknown {
  const here = `/v1/conversations/${conversationId}`;
  if (path.startsWith("/v1/accounts") || path.startsWith("/v1/sessions")) return method === "DELETE" ? null : session();
  if (path === "/v1/me") return { ...userOf(ownId), settings, createdAt: startedAt };
  if (path === "/v1/contacts") return { contacts: [], cursor: null };
  if (path === "/v1/blocks") return { blocks: [], cursor: null };
  if (path === "/v1/presence") return { presence: [] };
  if (path.startsWith("/v1/users/")) return userOf(path.slice("/v1/users/".length));
  if (path === `${here}/me`) return summaryOf(state);
  if (path === `${here}/messages`) return pageOf(query, state.seq, size);
  if (path === `${here}/changes`) {
    const rev = Number(query.get("rev"));
    const to = Math.min(state.seq, rev + Number(query.get("limit")));
    return {
      epoch,
      head: headAt(state.seq),
      rev: to,
      more: to < state.seq,
      messages: messagesOf(rev + 1, to, size),
      notices: [],
    };
  }
  if (path === here) return detailsOf(size, state.seq, read);
  return null;
}

function pageOf(query: URLSearchParams, seq: number, size: CrowdSize) {
  const limit = Number(query.get("limit") ?? 50);
  const at = (name: string) => (query.has(name) ? Number(query.get(name)) : undefined);
  const [before, after, around] = [at("before"), at("after"), at("around")];
  const first =
    after !== undefined
      ? after + 1
      : around !== undefined
        ? around - Math.floor(limit / 2)
        : (before ?? seq + 1) - limit;
  const [from, to] = [Math.max(1, first), Math.min(seq, first + limit - 1)];
  return {
    messages: messagesOf(from, to, size),
    notices: [],
    head: headAt(seq),
    hasBefore: from > 1,
    hasAfter: to < seq,
  };
}

function messagesOf(from: number, to: number, size: CrowdSize) {
  return Array.from({ length: Math.max(0, to - from + 1) }, (_, i) => messageAt(from + i, size));
}

function messageAt(seq: number, { readers, messages }: CrowdSize) {
  return {
    conversationId,
    seq,
    rev: seq,
    senderId: seq % 7 === 0 ? ownId : `r${Math.floor(seq / 3) % readers}`,
    clientId: `k${seq}`,
    text: Array.from({ length: 3 + (seq % 23) }, (_, i) => words[(seq * 7 + i) % words.length]).join(" "),
    sentAt: startedAt + (seq - messages) * 20_000,
    editedAt: null,
    unsentAt: null,
    replyTo: null,
    mentions: [],
    reactions: seq % 11 === 0 ? [{ emoji: "👍", count: 1, userIds: ["r0"] }] : [],
    hash: "",
  };
}

function summaryOf({ seq, version }: CrowdFacts["state"]) {
  return {
    conversationId,
    kind: "group",
    mode: "small",
    title: "Crowd",
    head: { seq, rev: seq, at: Date.now() },
    lastMessage: { seq, senderId: "r0", preview: "so the harbour", sentAt: Date.now(), unsent: false },
    unread: 0,
    mentionsUnread: 0,
    read: seq,
    markedUnread: false,
    mutedUntil: null,
    notify: "all",
    pinned: false,
    archived: false,
    draft: "",
    role: "member",
    left: false,
    request: false,
    version,
  };
}

/** Each a little older than the one before it; every fourth is a direct chat, some are unread, and three are pinned. */
function otherRows(count: number) {
  return Array.from({ length: count }, (_each, n) => {
    const isDirect = n % 4 === 0;
    const at = startedAt - (n + 1) * 60_000;
    const preview = `${words[n % words.length]} ${words[(n * 7) % words.length]} ${n}`;
    return {
      ...summaryOf({ seq: 1, version: 1 }),
      conversationId: `other-${n}`,
      kind: isDirect ? "dm" : "group",
      title: isDirect ? null : `Chat ${n}`,
      ...(isDirect && { peer: userOf(`p${n}`) }),
      head: { seq: 1, rev: 1, at },
      lastMessage: { seq: 1, senderId: n % 5 === 0 ? ownId : "r0", preview, sentAt: at, unsent: false },
      unread: n % 6 === 1 ? n % 40 : 0,
      read: 0,
      pinned: n < 3,
    };
  });
}

function detailsOf(size: CrowdSize, seq: number, read: ReadonlyMap<string, number>) {
  const members = [...read].map(([id, at]) => ({
    user: userOf(id),
    role: "member",
    joinedAt: 0,
    delivered: at,
    read: at,
  }));
  return {
    id: conversationId,
    kind: "group",
    mode: "small",
    title: "Crowd",
    policy: { add: "member", edit: "member", write: "member", history: "all" },
    createdAt: 0,
    createdBy: "r0",
    epoch,
    head: headAt(seq),
    memberCount: size.readers,
    members,
    me: { role: "member", read: seq, delivered: seq, joinedSeq: 0 },
  };
}

function readersOf({ readers }: CrowdSize): string[] {
  return Array.from({ length: readers }, (_, i) => `r${i}`);
}

function headAt(seq: number) {
  return { seq, rev: seq, hash: "" };
}

function userOf(id: string) {
  return { id, handle: `reader.${id}`, name: `Reader ${id}`, bio: "", avatarUrl: null };
}

const settings = {
  presence: "everyone",
  reach: "everyone",
  readReceipts: true,
  typing: true,
  notifications: { enabled: true, preview: true, quietHours: null },
  locale: "en",
};

function session() {
  return {
    user: userOf(ownId),
    device: { id: "d1", name: "", platform: "" },
    accessToken: "access",
    accessTokenExpiresAt: Date.now() + 86_400_000,
    refreshToken: "refresh",
    deviceSecret: "",
  };
}

function serveFile(folder: string, path: string, response: ServerResponse): void {
  const file = join(folder, path);
  const found = extname(path) !== "" && !path.includes("..") && existsSync(file) ? file : join(folder, "index.html");
  response.writeHead(200, { "content-type": types[extname(found)] ?? "application/octet-stream" });
  createReadStream(found).pipe(response);
}
