/** The sync of one timeline, and windows of it. Its server is a model; the test controls its calls and timers. */
import { HistoryWindow as Window } from "../../../../client/history/history-window.ts";
import { ActsOverlay } from "../../../../client/timeline/acts-overlay.ts";
import { messagesPage } from "../../../../schema/http/conversation/messages.ts";
import { userId } from "../../../../schema/ids.ts";
import { Api } from "../../../../client/session/api.ts";
import { ConversationCache } from "../../../../client/storage/conversation-cache.ts";
import { ConversationSync } from "../../../../client/sync/conversation-sync.ts";
import { Http } from "../../../../client/link/http.ts";
import {
  memoryStorage,
  type HistoryWindow,
  type Message,
  type Storage,
  type TimelineEntry,
} from "../../../../client/index.ts";
import { aloneLocks } from "../../../../client/storage/locks.ts";
import { Session } from "../../../../client/session/session.ts";
import type { MemorySizes, Place } from "../../../../client/sync/memory.ts";
import { session as sessionForm } from "../../../../schema/http/account/accounts.ts";
import { ConversationModel, modelConversation } from "./conversation-model.ts";
import { answerFrom } from "./conversation-server.ts";
import { FakeServer } from "../fake-fetch.ts";
import { WoundClock } from "../../wound-clock.ts";

const session = sessionForm.parse({
  user: { id: "ana", handle: "ana", name: "Ana", bio: "", avatarUrl: null },
  device: { id: "d1", name: "", platform: "" },
  accessToken: "t",
  accessTokenExpiresAt: 4_000_000_000_000,
  refreshToken: "r",
});

export function conversationSync({
  model = new ConversationModel(),
  storage = memoryStorage(),
  isWriter = true,
  memorySizes,
}: { model?: ConversationModel; storage?: Storage; isWriter?: boolean; memorySizes?: MemorySizes } = {}) {
  const clock = new WoundClock();
  const state = {
    epoch: "e1",
    isDown: false,
    isLinked: true,
    isBringing: false,
    isInUse: true,
    places: [] as Place[],
    onChange: () => undefined as void,
    isWriter,
    /** At most so many messages in a page, as when its bytes are at their limit. */
    pageMax: Infinity,
    gone: 0,
    arrived: [] as number[],
    states: [] as (readonly string[] | undefined)[],
  };
  const server = new FakeServer((asked) => {
    if (state.isDown) return "silence";
    const limit = Number(asked.query.get("limit"));
    if (asked.path.endsWith("/messages")) asked.query.set("limit", String(Math.min(limit, state.pageMax)));
    return answerFrom(model, () => state.epoch, asked);
  });
  const http = new Http("http://server", server.fetch, clock);
  const api = new Api(http, new Session(session, 0, { http, storage, clock, locks: aloneLocks() }));
  const sync = new ConversationSync({
    conversationId: modelConversation,
    api,
    clock,
    random: () => 0.5,
    cache: new ConversationCache({
      storage,
      userId: "ana",
      conversationId: modelConversation,
      isWriter: () => state.isWriter,
    }),
    beside: () => ({ delivered: 0, details: undefined }),
    isLinked: () => state.isLinked,
    isBringing: () => state.isBringing,
    isInUse: () => state.isInUse,
    places: () => state.places,
    onLoaded: () => undefined,
    onChange: () => state.onChange(),
    onDetails: () => undefined,
    onStates: (messages) => state.states.push(messages?.map(({ seq, text }) => `${seq} ${text}`)),
    onArrived: (messages: readonly Message[]) => state.arrived.push(...messages.map(({ seq }) => seq)),
    ...(memorySizes === undefined ? {} : { memorySizes }),
    onSaved: () => undefined,
    onGone: () => {
      state.gone++;
    },
  });
  sync.meetEpoch("e1");
  const hear = (rev: number) => {
    const frame = model.frames[rev - 1];
    if (frame !== undefined) sync.feed(frame, frame.isNew);
  };
  const texts = () => [...sync.timeline.messages.values()].sort((a, b) => a.seq - b.seq).map(({ text }) => text);
  return { model, clock, server, sync, state, hear, texts, storage };
}

export const seqsOf = (entries: readonly TimelineEntry[]) =>
  entries.flatMap((entry) => (entry.kind === "message" ? [entry.message.seq] : []));
export const shownBy = (window: HistoryWindow) => seqsOf(window.getSnapshot().entries);
export const textOf = (window: HistoryWindow, seq: number) =>
  window
    .getSnapshot()
    .entries.flatMap((entry) => (entry.kind === "message" && entry.message.seq === seq ? [entry.message.text] : []))[0];
export const from = (first: number, last: number) => Array.from({ length: last - first + 1 }, (_, i) => first + i);

/** The messages that pages have brought since, in the order in which they came. */
export function broughtBy(server: FakeServer): number[] {
  const brought: number[] = [];
  const { answer } = server;
  server.answer = async (asked) => {
    const answered = await answer(asked);
    if (answered !== "silence" && asked.path.endsWith("/messages"))
      brought.push(...messagesPage.parse(answered.body).messages.map(({ seq }) => seq));
    return answered;
  };
  return brought;
}

/** The messages that pages have brought since although memory had them when the page was asked for. */
export function fetchedTwiceBy(server: FakeServer, sync: ConversationSync): number[] {
  const twice: number[] = [];
  const { answer } = server;
  server.answer = async (asked) => {
    const held = new Set(sync.timeline.messages.keys());
    const answered = await answer(asked);
    if (answered !== "silence" && asked.path.endsWith("/messages"))
      twice.push(...messagesPage.parse(answered.body).messages.flatMap(({ seq }) => (held.has(seq) ? [seq] : [])));
    return answered;
  };
  return twice;
}

export const overlay = new ActsOverlay(userId.parse("ana"));

export function windowOf(sync: ReturnType<typeof conversationSync>["sync"], around: number): Window {
  const window: Window = new Window({
    around,
    userId: "ana",
    sync,
    reactions: overlay,
    pending: () => [],
    isStale: () => false,
    onUse: () => undefined,
  });
  return window;
}
