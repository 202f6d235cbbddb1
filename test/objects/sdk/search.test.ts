/** The SDK's search against the gateway and the real objects: pages, highlights, mentions, and a caller who gives up. */
import { expect, test } from "vitest";
import { env } from "cloudflare:workers";
import { createParley, type Page, ParleyError } from "../../../client/index.ts";
import type { SocketLike } from "../../../client/index.ts";
import { makeApi } from "../../../workers/api/api.ts";

const api = makeApi();
const context = { waitUntil: () => {}, passThroughOnException: () => {}, props: {} } as unknown as ExecutionContext;

/** A socket that does not get through: what is tested here goes over HTTP. */
class NoSocket implements SocketLike {
  readonly readyState = 0;
  send(): void {}
  close(): void {}
  addEventListener(): void {}
}

function program() {
  return createParley({
    baseUrl: "https://parley.test",
    fetch: async (url, init) => await api.fetch(new Request(url, init), env, context),
    WebSocket: NoSocket,
  });
}

async function everything<T>(next: (cursor: string | undefined) => Promise<Page<T>>): Promise<T[]> {
  const items: T[] = [];
  let cursor: string | null | undefined;
  while (cursor !== null) {
    const page: Page<T> = await next(cursor);
    items.push(...page.items);
    ({ cursor } = page);
  }
  return items;
}

test("[E14] the SDK searches one conversation and all, page by page, lists mentions, and stops when its caller gives up", async () => {
  const parley = program();
  const [ana, bo] = [
    await parley.signUp({ handle: "ana.search", password: "a long enough secret" }),
    await parley.signUp({ handle: "bo.search", password: "a long enough secret" }),
  ];
  const chat = await bo.openDm(ana.userId);
  const notes = await ana.openDm(ana.userId);
  const texts = ["Größe eins", "東京タワー", "grosse 2", "hay"];
  for (const text of texts) await chat.send(text, { mentions: text === "hay" ? [ana.userId] : [] });
  await notes.send("große Sorgen");

  const found = await everything((cursor) =>
    ana.search("GROSSE", { limit: 1, ...(cursor === undefined ? {} : { cursor }) }),
  );
  expect(found.map(({ message }) => message.text).sort()).toEqual(["Größe eins", "grosse 2", "große Sorgen"].sort());
  expect(found.map(({ highlights }) => highlights[0]?.[0])).toEqual([0, 0, 0]);
  const here = await ana.conversation(chat.id).search("京", { senderId: bo.userId, since: 0 });
  expect(here).toMatchObject({
    items: [{ message: { text: "東京タワー" }, highlights: [[1, 2]] }],
    cursor: null,
    missing: [],
  });
  expect((await ana.search("京", { conversationId: notes.id })).items).toEqual([]);
  expect(
    await ana
      .conversation(chat.id)
      .search("!")
      .catch((error: unknown) => error instanceof ParleyError && error.code),
  ).toBe("bad_request");

  for (let n = 0; n < 100 && (await ana.mentions()).items.length === 0; n++)
    await new Promise((resolve) => setTimeout(resolve, 20));
  expect((await ana.mentions({ limit: 10 })).items.map(({ message }) => message.text)).toEqual(["hay"]);

  const gaveUp = new Error("gave up");
  await expect(ana.search("grosse", { signal: AbortSignal.abort(gaveUp) })).rejects.toBe(gaveUp);
  parley.close();
});
