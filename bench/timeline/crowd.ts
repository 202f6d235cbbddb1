/**
 * Owns a stand-in for the server: one group with as many messages and readers as wanted, and smaller chats beside it. It serves the built web app
 * and sends the frames of a busy group on its sockets. So the bench can measure what a page spends on them, without the work of a real server beside it.
 */
import { createReadStream, existsSync } from "node:fs";
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { extname, join } from "node:path";
import { WebSocketServer, type WebSocket } from "ws";
import { heartbeat } from "../../schema/limits.ts";
import {
  addressOf,
  changesOf,
  type Chat,
  chatsOf,
  type CrowdSize,
  detailsOf,
  epoch,
  headAt,
  hitsIn,
  me,
  messageAt,
  otherRows,
  ownId,
  pageOf,
  readersOf,
  session,
  summaryOf,
  userOf,
} from "./made-up.ts";

export interface Crowd {
  readonly url: string;
  /** Sends messages and receipts at these rates. The function that is answered stops this, and answers how many messages were sent. */
  stream(rates: { readonly messagesPerSecond: number; readonly receiptsPerSecond: number }): () => number;
  stop(): Promise<void>;
}

const types: Record<string, string> = {
  ".html": "text/html",
  ".js": "text/javascript",
  ".css": "text/css",
  ".svg": "image/svg+xml",
  ".png": "image/png",
  ".json": "application/json",
  ".webmanifest": "application/manifest+json",
};
/** Receipts are sent at most this often. */
const receiptsEveryMs = 250;
/** Rows of the inbox that come in one frame at the start. */
const rowsPerFrame = 500;
/** Rows of the inbox are sent at most this often while the conversation is on screen. */
const rowsEveryMs = 1_000;

export async function startCrowd(webFolder: string, size: CrowdSize): Promise<Crowd> {
  const chats = chatsOf(size);
  const long = [...chats.values()][0];
  if (long === undefined) throw new Error("There is no chat");
  let version = 1;
  const read = new Map(readersOf(size).map((id) => [id, size.messages]));
  const live = new Set<WebSocket>();
  const sync = new Set<WebSocket>();
  const readAt = (userId: string, chat: Chat) => (chat === long ? read.get(userId) : undefined) ?? chat.seq;

  const server = createServer((request, response) => {
    const { pathname, searchParams } = new URL(request.url ?? "/", "http://crowd");
    if (!pathname.startsWith("/v1/")) return serveFile(webFolder, pathname, response);
    void textOf(request).then((text) => {
      const ask = { method: request.method ?? "GET", path: pathname, query: searchParams, text };
      const body = answerTo(ask, { chats, version, readAt, origin: `http://${request.headers.host ?? ""}` });
      if (body === null) return void response.writeHead(204).end();
      response.writeHead(200, { "content-type": "application/json" }).end(JSON.stringify(body));
    });
  });
  const upgrades = new WebSocketServer({ server, handleProtocols: () => "parley.v1", perMessageDeflate: false });
  upgrades.on("connection", (socket: WebSocket, request: IncomingMessage) => {
    const url = request.url ?? "";
    const isLive = url.includes("/live");
    const chat = isLive ? chatAt(url, chats) : undefined;
    const sockets = chat === long ? live : sync;
    if (!isLive || chat === long) sockets.add(socket);
    socket.on("close", () => sockets.delete(socket));
    socket.on("message", (data: Buffer) => {
      const text = data.toString();
      if (text === "ping") return socket.send(`pong:${chat?.seq ?? version}`);
      const frames: unknown = JSON.parse(text);
      for (const frame of Array.isArray(frames) ? frames : [frames])
        if (frame.ref !== undefined)
          socket.send(JSON.stringify({ type: "ok", ref: frame.ref, ...ackTo(frame, chats) }));
    });
    const say = (frame: object) => socket.send(JSON.stringify(frame));
    if (chat !== undefined) {
      const members = readersOf(chat).map((userId) => ({ userId, delivered: chat.seq, read: readAt(userId, chat) }));
      const { id: conversationId } = chat;
      return say({ type: "hello", conversationId, epoch, head: headAt(chat.seq), members, behind: false });
    }
    say({ type: "hello", version, epoch, userId: ownId, deviceId: "d1", serverTime: Date.now(), heartbeat });
    const rows = [summaryOf(long.seq, version), ...otherRows(size.otherChats ?? 0)];
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
      const first = long.seq;
      const readers = [...read.keys()];
      const { id: conversationId } = long;
      let next = 0;
      const timers = [
        setInterval(
          () => tell(live, { type: "message", message: messageAt(++long.seq, long) }),
          1_000 / messagesPerSecond,
        ),
        setInterval(() => {
          const some = Array.from({ length: Math.round((receiptsPerSecond * receiptsEveryMs) / 1_000) }, () => {
            const userId = readers[next++ % readers.length] ?? ownId;
            read.set(userId, long.seq);
            return { type: "receipt", conversationId, userId, delivered: long.seq, read: long.seq };
          });
          if (some.length > 0) tell(live, some);
        }, receiptsEveryMs),
        setInterval(
          () => tell(sync, { type: "inbox", version: ++version, conversations: [summaryOf(long.seq, version)] }),
          rowsEveryMs,
        ),
      ];
      return () => {
        for (const timer of timers) clearInterval(timer);
        return long.seq - first;
      };
    },
    stop: async () => {
      for (const socket of upgrades.clients) socket.terminate();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

interface CrowdFacts {
  readonly chats: ReadonlyMap<string, Chat>;
  readonly version: number;
  readonly readAt: (userId: string, chat: Chat) => number;
  readonly origin: string;
}

interface Ask {
  readonly method: string;
  readonly path: string;
  readonly query: URLSearchParams;
  readonly text: string;
}

function answerTo({ method, path, query, text }: Ask, { chats, version, readAt, origin }: CrowdFacts): unknown {
  if (path.startsWith("/v1/accounts") || path.startsWith("/v1/sessions")) return method === "DELETE" ? null : session();
  if (path === "/v1/me") return me();
  if (path === "/v1/contacts") return { contacts: [], cursor: null };
  if (path === "/v1/blocks") return { blocks: [], cursor: null };
  if (path === "/v1/presence") return { presence: [] };
  if (path === "/v1/search") return hitsIn([...chats.values()]);
  if (path === "/v1/users") return { users: [], cursor: null };
  if (path === "/v1/attachments/addresses") return { addresses: askedIn(text).map((id) => addressOf(id, origin)) };
  if (path.startsWith("/v1/users/")) return userOf(path.slice("/v1/users/".length));
  const chat = chatAt(path, chats);
  const part = path.split("/").slice(4).join("/");
  if (chat === undefined) return null;
  if (part === "") return detailsOf(chat, (userId) => readAt(userId, chat));
  if (part === "me") return summaryOf(chat.seq, version);
  if (part === "messages") return pageOf(query, chat);
  if (part === "changes") return changesOf(query, chat);
  const [list, seq, what, emoji = ""] = part.split("/");
  if (list !== "messages" || what !== "reactions") return null;
  const message = messageAt(Number(seq), chat);
  const added = method === "PUT" ? [{ emoji: decodeURIComponent(emoji), count: 1, userIds: [ownId] }] : [];
  return { ...message, rev: chat.seq, reactions: [...message.reactions, ...added] };
}

function chatAt(path: string, chats: ReadonlyMap<string, Chat>): Chat | undefined {
  return chats.get(/^\/v1\/conversations\/([^/?]+)/.exec(path)?.[1] ?? "");
}

/** What the sender of a message gets; for all other frames the presence of nobody. */
function ackTo(frame: { type?: string; conversationId?: string }, chats: ReadonlyMap<string, Chat>): object {
  const chat = frame.type === "send" ? chats.get(frame.conversationId ?? "") : undefined;
  if (chat === undefined) return { presence: [] };
  const seq = ++chat.seq;
  return { conversationId: chat.id, seq, rev: seq, sentAt: Date.now(), hash: "", duplicate: false };
}

function askedIn(text: string): string[] {
  const { ids }: { ids: (string | { id: string })[] } = JSON.parse(text);
  return ids.map((each) => (typeof each === "string" ? each : each.id));
}

async function textOf(request: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks).toString();
}

function serveFile(folder: string, path: string, response: ServerResponse): void {
  const file = join(folder, path);
  const found = extname(path) !== "" && !path.includes("..") && existsSync(file) ? file : join(folder, "index.html");
  response.writeHead(200, { "content-type": types[extname(found)] ?? "application/octet-stream" });
  createReadStream(found).pipe(response);
}
