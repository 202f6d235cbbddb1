/** Owns what the stand-in for the server says of its chats. It is made up when it is asked for, so that a chat may have as many messages as wanted. */
import { settingsDefault } from "../../schema/http/account/me.ts";

export interface CrowdSize {
  readonly messages: number;
  readonly readers: number;
  /** Further chats in the list, of few messages each. The second of them has pictures. */
  readonly otherChats?: number;
}

/** A chat of the stand-in: the long one, or one of the others. */
export interface Chat {
  readonly id: string;
  readonly readers: number;
  readonly hasPictures: boolean;
  /** Of the messages that were there at the start. */
  readonly first: number;
  seq: number;
}

export const epoch = "e1";
export const ownId = "me";
export const startedAt = Date.now();
const longId = "crowd";
const otherMessages = 60;
const words = "so the harbour lights went out one after another and nobody on the quay said a word about it".split(" ");

export function chatsOf({ messages, readers, otherChats = 0 }: CrowdSize): ReadonlyMap<string, Chat> {
  const long = { id: longId, readers, hasPictures: false, first: messages, seq: messages };
  const others = Array.from({ length: otherChats }, (_each, n) => ({
    ...{ id: `other-${n}`, readers: 3, hasPictures: n === 1 },
    ...{ first: otherMessages, seq: otherMessages },
  }));
  return new Map([long, ...others].map((chat) => [chat.id, chat]));
}

export function readersOf({ readers }: Pick<Chat, "readers">): string[] {
  return Array.from({ length: readers }, (_, i) => `r${i}`);
}

export function headAt(seq: number) {
  return { seq, rev: seq, hash: "" };
}

export function pageOf(query: URLSearchParams, chat: Chat) {
  const limit = Number(query.get("limit") ?? 50);
  const at = (name: string) => (query.has(name) ? Number(query.get(name)) : undefined);
  const [before, after, around] = [at("before"), at("after"), at("around")];
  const first =
    after !== undefined
      ? after + 1
      : around !== undefined
        ? around - Math.floor(limit / 2)
        : (before ?? chat.seq + 1) - limit;
  const [from, to] = [Math.max(1, first), Math.min(chat.seq, first + limit - 1)];
  return {
    messages: messagesOf(from, to, chat),
    notices: [],
    head: headAt(chat.seq),
    hasBefore: from > 1,
    hasAfter: to < chat.seq,
  };
}

export function changesOf(query: URLSearchParams, chat: Chat) {
  const rev = Number(query.get("rev"));
  const to = Math.min(chat.seq, rev + Number(query.get("limit")));
  const messages = messagesOf(rev + 1, to, chat);
  return { epoch, head: headAt(chat.seq), rev: to, more: to < chat.seq, messages, notices: [] };
}

function messagesOf(from: number, to: number, chat: Chat) {
  return Array.from({ length: Math.max(0, to - from + 1) }, (_, i) => messageAt(from + i, chat));
}

export function messageAt(seq: number, { id, readers, hasPictures, first }: Chat) {
  return {
    conversationId: id,
    seq,
    rev: seq,
    senderId: seq % 7 === 0 ? ownId : `r${Math.floor(seq / 3) % readers}`,
    clientId: `k${seq}`,
    text: textOf(seq),
    sentAt: startedAt + (seq - first) * 20_000,
    editedAt: null,
    unsentAt: null,
    replyTo: null,
    mentions: [],
    reactions: seq % 11 === 0 ? [{ emoji: "👍", count: 1, userIds: ["r0"] }] : [],
    ...(hasPictures && { attachments: Array.from({ length: seq % 3 }, (_each, n) => pictureOf(`${id}-${seq}-${n}`)) }),
    hash: "",
  };
}

function textOf(seq: number): string {
  return Array.from({ length: 3 + (seq % 23) }, (_, i) => words[(seq * 7 + i) % words.length]).join(" ");
}

/** What a search finds: a few messages of each of the first chats. */
export function hitsIn(chats: readonly Chat[]) {
  const hits = chats
    .slice(0, 5)
    .flatMap((chat) => messagesOf(chat.seq - 3, chat.seq, chat).map((message) => ({ message, highlights: [[0, 2]] })));
  return { hits, cursor: null };
}

/** All are the same picture. */
const pictureFile = "/icon-512.png";

export function addressOf(id: string, origin: string) {
  return { id, variant: "original", url: `${origin}${pictureFile}`, expiresAt: Date.now() + 3_600_000 };
}

function pictureOf(id: string) {
  return {
    ...{ id, kind: "image", name: "icon.png", type: "image/png", bytes: 12_000, sha256: "0".repeat(64) },
    ...{ width: 512, height: 512, durationMs: null, thumbhash: "3OcRJYB4d3h/iIeHeEh3eIhw+j2A", waveform: null },
    hasPreview: false,
  };
}

/** The row of the long chat. */
export function summaryOf(seq: number, version: number) {
  return {
    conversationId: longId,
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
export function otherRows(count: number) {
  return Array.from({ length: count }, (_each, n) => {
    const isDirect = n % 4 === 0;
    const at = startedAt - (n + 1) * 60_000;
    const unread = n % 6 === 1 ? n % 40 : 0;
    const preview = `${words[n % words.length]} ${words[(n * 7) % words.length]} ${n}`;
    return {
      ...summaryOf(otherMessages, 1),
      conversationId: `other-${n}`,
      kind: isDirect ? "dm" : "group",
      title: isDirect ? null : `Chat ${n}`,
      ...(isDirect && { peer: userOf(`p${n}`) }),
      head: { seq: otherMessages, rev: otherMessages, at },
      lastMessage: { seq: otherMessages, senderId: n % 5 === 0 ? ownId : "r0", preview, sentAt: at, unsent: false },
      unread,
      read: otherMessages - unread,
      pinned: n < 3,
    };
  });
}

/** `readAt`: how far a member has read. */
export function detailsOf(chat: Chat, readAt: (userId: string) => number) {
  const { id, seq, readers } = chat;
  const members = readersOf(chat).map((userId) => ({
    user: userOf(userId),
    role: "member",
    joinedAt: 0,
    delivered: readAt(userId),
    read: readAt(userId),
  }));
  return {
    id,
    kind: "group",
    mode: "small",
    title: id === longId ? "Crowd" : id.replace("other-", "Chat "),
    policy: { add: "member", edit: "member", write: "member", history: "all" },
    createdAt: 0,
    createdBy: "r0",
    epoch,
    head: headAt(seq),
    memberCount: readers,
    members,
    me: { role: "member", read: seq, delivered: seq, joinedSeq: 0 },
  };
}

export function userOf(id: string) {
  return { id, handle: `reader.${id}`, name: `Reader ${id}`, bio: "", avatarUrl: null };
}

export function me() {
  return { ...userOf(ownId), settings: settingsDefault, createdAt: startedAt };
}

export function session() {
  return {
    user: userOf(ownId),
    device: { id: "d1", name: "", platform: "" },
    accessToken: "access",
    accessTokenExpiresAt: Date.now() + 86_400_000,
    refreshToken: "refresh",
    deviceSecret: "",
  };
}
