/** A program without a page, as a service worker is, and its server; tabs can open beside it. */
import { createBackground } from "../../../client/background/background.ts";
import { createParley, memoryStorage, type Storage } from "../../../client/index.ts";
import { sessionPuts } from "../../../client/session/session.ts";
import { keys } from "../../../client/storage/keys.ts";
import { session as sessionForm } from "../../../schema/http/account/accounts.ts";
import { FakeServer, refused, type Answer, type Asked } from "./fake-fetch.ts";
import { FakeGround, type FakeTab } from "./tabs/fake-ground.ts";
import { WoundClock } from "../wound-clock.ts";

export const clock0 = 1_800_000_000_000;

function sessionOf(userId: string, generation: number) {
  return sessionForm.parse({
    user: { id: userId, handle: userId, name: userId, bio: "", avatarUrl: null },
    device: { id: `device-${userId}`, name: "", platform: "" },
    accessToken: `access${generation}`,
    accessTokenExpiresAt: clock0 + generation * 600_000,
    refreshToken: `refresh${generation}`,
  });
}

const conversationOf = (epoch: string) => ({
  ...{ id: "c1", kind: "group", mode: "small", title: "Group", createdAt: clock0, createdBy: "u1", memberCount: 1 },
  ...{ epoch, head: { seq: 9, rev: 9, hash: "" }, me: { role: "member", read: 0, delivered: 0, joinedSeq: 0 } },
  policy: { add: "member", edit: "member", write: "member", history: "all" },
});

export class ServerStandIn {
  isThere = true;
  generation = 1;
  refreshes = 0;
  /** Of the server's store. */
  epoch = "e1";
  readonly texts = new Map<string, string>();
  readonly server = new FakeServer((asked) => this.#answer(asked));

  #answer({ method, path, token, body }: Asked): Answer | "silence" {
    if (!this.isThere) return "silence";
    if (path === "/v1/sessions/refresh") {
      this.refreshes++;
      this.generation++;
      return { status: 200, body: sessionOf("u1", this.generation) };
    }
    if (path === "/v1/discovery") return { status: 200, body: { push: { vapidPublicKey: "KEY" } } };
    if (token !== `access${this.generation}`) return refused("unauthenticated");
    if (path.startsWith("/v1/push/") || path.endsWith("/receipts")) return { status: 204 };
    if (path.includes("/stars/") || path.includes("/pins/")) return { status: 204 };
    if (method === "GET" && path === "/v1/conversations/c1") return { status: 200, body: conversationOf(this.epoch) };
    if (method !== "POST" || !path.endsWith("/messages")) return refused("not_found");
    const { clientId, text } = { clientId: "", text: "", ...(typeof body === "object" ? body : {}) };
    if (text === "never") return refused("forbidden");
    const isRepeat = this.texts.has(clientId);
    this.texts.set(clientId, text);
    const seq = [...this.texts.keys()].indexOf(clientId) + 1;
    const ack = { conversationId: "c1", seq, rev: seq, sentAt: clock0, hash: "", duplicate: isRepeat };
    return { status: isRepeat ? 200 : 201, body: ack };
  }

  asked(path: RegExp): Asked[] {
    return this.server.asked.filter((each) => path.test(each.path));
  }
}

export async function workerRig() {
  const ground = new FakeGround();
  const clock = new WoundClock(clock0);
  const storage = memoryStorage();
  const net = new ServerStandIn();
  await storage.write({ puts: sessionPuts(sessionOf("u1", 1), clock0, clock0) });
  const make = (tab: FakeTab = ground.tab(), over: Storage = storage) =>
    createBackground({
      ...{ baseUrl: "http://server", storage: over, clock: tab.clock(clock), random: () => 0.5, common: tab.common },
      fetch: net.server.fetch,
    });
  const entries = async () => (await storage.list(keys.outbox("u1"))).length;
  return { ground, clock, storage, net, make, entries };
}

export async function only(background: ReturnType<typeof createBackground>) {
  const [account, ...more] = await background.accounts();
  if (account === undefined || more.length > 0) throw new Error("there is not one account");
  return account;
}

/** A tab beside the worker, without sockets. */
export async function tabBeside({ net, ground, storage, clock }: Awaited<ReturnType<typeof workerRig>>) {
  const tab = ground.tab();
  const parley = createParley({
    ...{ baseUrl: "http://server", storage, clock: tab.clock(clock), common: tab.common, fetch: net.server.fetch },
    WebSocket: class {
      readyState = 3;
      addEventListener(): void {}
      send(): void {}
      close(): void {}
    },
  });
  await parley.ready;
  const account = parley.accounts.getSnapshot()[0];
  if (account === undefined) throw new Error("there is no account");
  return { parley, account, conversation: account.conversation("c1") };
}

/** Calls that match reach the server and are done when they are let go. */
export function held({ server }: ServerStandIn, path: RegExp) {
  const { answer } = server;
  const gate = Promise.withResolvers<void>();
  const done: string[] = [];
  server.answer = async (asked) => {
    if (!path.test(asked.path)) return await answer(asked);
    if (done.length === 0) await gate.promise;
    done.push(`${asked.method} ${JSON.stringify(asked.body ?? null)}`);
    return await answer(asked);
  };
  return { done, letGo: () => gate.resolve() };
}
