/** The sync of one timeline. Its server is a model; the test holds its calls and timers. */
import { Api } from "../../client/link/api.ts";
import { ConversationCache } from "../../client/storage/conversation-cache.ts";
import { ConversationSync } from "../../client/conversation/conversation-sync.ts";
import { Http } from "../../client/link/http.ts";
import { memoryStorage, type Message, type Storage } from "../../client/index.ts";
import { aloneLocks } from "../../client/storage/locks.ts";
import { Session } from "../../client/session/session.ts";
import type { WindowSizes } from "../../client/timeline/window.ts";
import { session as sessionForm } from "../../schema/http/accounts.ts";
import { ConversationModel, modelConversation } from "./conversation-model.ts";
import { answerFrom } from "./conversation-server.ts";
import { FakeServer } from "./fake-fetch.ts";
import { WoundClock } from "./wound-clock.ts";

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
  windowSizes,
}: { model?: ConversationModel; storage?: Storage; isWriter?: boolean; windowSizes?: WindowSizes } = {}) {
  const clock = new WoundClock();
  const state = {
    epoch: "e1",
    isDown: false,
    isLinked: true,
    isBringing: false,
    isInUse: true,
    isWriter,
    /** Messages of a page at most, as where bytes cut it. */
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
    onLoaded: () => undefined,
    onChange: () => undefined,
    onDetails: () => undefined,
    onStates: (messages) => state.states.push(messages?.map(({ seq, text }) => `${seq} ${text}`)),
    onArrived: (messages: readonly Message[]) => state.arrived.push(...messages.map(({ seq }) => seq)),
    ...(windowSizes === undefined ? {} : { windowSizes }),
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
