/** An account of the SDK with one conversation. Its server is a model; the test controls its sockets, calls and timers. */
import { createParley, memoryStorage, type Storage } from "../../../../client/index.ts";
import { ConversationModel, modelConversation, modelUsers } from "./conversation-model.ts";
import { answerFrom } from "./conversation-server.ts";
import { FakeServer, refused, type Answer, type Asked } from "../fake-fetch.ts";
import { FakeNetwork, type FakeSocket } from "../socket-pair.ts";
import { row } from "../summary-row.ts";
import { settled, WoundClock } from "../../wound-clock.ts";

const session = (now: number) => ({
  user: { id: "ana", handle: "ana", name: "Ana", bio: "", avatarUrl: null },
  device: { id: "d1", name: "", platform: "" },
  accessToken: "access",
  accessTokenExpiresAt: now + 864_000_000,
  refreshToken: "refresh",
});

export async function conversationOnScreen({
  model = new ConversationModel(),
  storage = memoryStorage(),
  isDown = false,
}: { model?: ConversationModel; storage?: Storage; isDown?: boolean } = {}) {
  const clock = new WoundClock();
  const network = new FakeNetwork();
  const state = { isDown, version: 1, marks: { starred: [] as number[], hidden: [] as object[], marksVersion: 0 } };
  const server = new FakeServer((asked: Asked): Answer | "silence" => {
    if (state.isDown) return "silence";
    if (asked.path === "/v1/sessions") return { status: 201, body: session(clock.now()) };
    if (asked.path === "/v1/sessions/current") return { status: 204 };
    if (asked.path === `/v1/conversations/${modelConversation}`) return { status: 200, body: detailsOf(model) };
    if (asked.path.startsWith(`/v1/conversations/${modelConversation}/`)) {
      if (asked.path.endsWith("/marks")) return { status: 200, body: state.marks };
      if (asked.path.endsWith("/hidden")) return { status: 200, body: { marksVersion: state.marks.marksVersion } };
      if (asked.method !== "GET") return { status: 204 };
      return answerFrom(model, () => "e1", asked);
    }
    return refused("unavailable");
  });
  const parley = createParley({
    baseUrl: "http://server",
    fetch: server.fetch,
    WebSocket: network.WebSocket,
    storage,
    clock,
    random: () => 0.5,
    wakeups: { isOffline: () => false, subscribe: () => () => undefined },
  });
  const account =
    (await parley.ready.then(() => parley.accounts.getSnapshot()[0])) ??
    (await parley.signIn({ handle: "ana", password: "a long enough secret" }));
  await settled();
  const conversation = account.conversation(modelConversation);

  const summary = (more: object = {}) =>
    row(modelConversation, ++state.version, {
      head: { seq: model.seq, rev: model.rev, at: clock.now() },
      ...more,
    });
  /** The socket that was opened last to an address with this end. */
  const socketTo = (end: "/sync" | "/live"): FakeSocket => {
    const socket = network.sockets.findLast(({ url }) => url.pathname.endsWith(end));
    if (socket === undefined) throw new Error(`no socket to ${end}`);
    return socket;
  };
  /** The sync socket sends its hello, and the present row. */
  const online = async (more: object = {}) => {
    const socket = socketTo("/sync");
    socket.accept();
    const heartbeat = { intervalMs: 5_000, timeoutMs: 30_000 };
    const [version, serverTime] = [state.version + 1, clock.now()];
    const hello = { type: "hello", version, epoch: "e1", userId: "ana", deviceId: "d1", serverTime, heartbeat };
    const reset = !socket.url.searchParams.has("since");
    socket.say([hello, { type: "inbox", version, conversations: [summary(more)], reset, more: false }]);
    socket.pong = state.version;
    await settled();
  };
  /** The live socket sends its hello and the missed changes, in frames of at most `objectsMax` objects. */
  const live = async (objectsMax = 100) => {
    const socket = socketTo("/live");
    socket.accept();
    const rev = Number(socket.url.searchParams.get("rev"));
    const behind = model.rev - rev > 500;
    const id = modelConversation;
    socket.say({ type: "hello", conversationId: id, epoch: "e1", head: model.head, members: [], behind });
    socket.pong = model.rev;
    const missed = behind ? [] : missedSince(model, rev);
    for (let from = 0; from < missed.length; from += objectsMax) {
      const some = missed.slice(from, from + objectsMax);
      socket.say(objectsMax === 1 ? (some[0] ?? []) : some);
    }
    await settled();
    return socket;
  };
  /** How often the client has called a path. */
  const askedFor = (end: string) => server.asked.filter(({ path }) => path.endsWith(end)).length;
  /** Counts the states of the timeline that observers receive from now on. */
  const states = () => {
    const counted = { told: 0, states: 0 };
    let before = conversation.timeline.getSnapshot();
    conversation.timeline.subscribe(() => {
      counted.told++;
      const now = conversation.timeline.getSnapshot();
      if (now !== before) counted.states++;
      before = now;
    });
    return counted;
  };
  const texts = () =>
    conversation.timeline
      .getSnapshot()
      .entries.flatMap((entry) => (entry.kind === "message" ? [entry.message.text] : []));
  return {
    model,
    storage,
    clock,
    network,
    server,
    state,
    parley,
    account,
    conversation,
    online,
    live,
    socketTo,
    askedFor,
    states,
    texts,
    summary,
  };
}

/** The frames that the server sends of the changes after `rev`: each message once, at its last rev. */
export function missedSince(model: ConversationModel, rev: number): object[] {
  return model
    .changes(rev, false, 500)
    .messages.map((message) =>
      model.frames[message.rev - 1]?.isNew === true
        ? { type: "message", message }
        : { type: "change", conversationId: modelConversation, rev: message.rev, messages: [message] },
    );
}

export function detailsOf(model: ConversationModel) {
  const user = (id: string) => ({ id, handle: id, name: id, bio: "", avatarUrl: null });
  return {
    id: modelConversation,
    kind: "group",
    mode: "small",
    title: "c1",
    policy: { add: "member", edit: "member", write: "member", history: "all" },
    createdAt: 0,
    createdBy: "ana",
    epoch: "e1",
    head: model.head,
    memberCount: modelUsers.length,
    members: modelUsers.map((id) => ({ user: user(id), role: "member", joinedAt: 0, delivered: 0, read: 0 })),
    me: { role: "member", read: 0, delivered: 0, joinedSeq: 0 },
  };
}

/** A model with `count` messages. */
export function modelWith(count: number): ConversationModel {
  const model = new ConversationModel();
  for (let i = 0; i < count; i++) model.send(i);
  return model;
}

/** The same conversation, on screen and with its live socket. */
export async function openedConversation(model: ConversationModel) {
  const rig = await conversationOnScreen({ model });
  await rig.online();
  const close = rig.conversation.open();
  await settled();
  const socket = await rig.live();
  /** New messages, as the server sends them in bursts. */
  const stream = async (count: number) => {
    for (let done = 0; done < count; done += 100) {
      const frames = Array.from({ length: Math.min(100, count - done) }, (_, i) => model.send(i));
      socket.say(frames.map((message) => ({ type: "message", message })));
      await rig.clock.wind(60);
    }
  };
  return { ...rig, socket, stream, close };
}

/** A conversation that was on screen. Then `count` messages came while the program did not run. */
export async function missedConversation(count: number): Promise<Awaited<ReturnType<typeof conversationOnScreen>>> {
  const model = modelWith(60);
  const first = await conversationOnScreen({ model });
  await first.online();
  first.conversation.open();
  await settled();
  await first.live();
  await first.clock.wind(1_000);
  first.parley.close();
  for (let i = 0; i < count; i++) model.send(i);
  return await conversationOnScreen({ model, storage: first.storage });
}
