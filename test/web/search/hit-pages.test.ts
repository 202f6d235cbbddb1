import { describe, expect, test } from "vitest";
import { type Message, ParleyError } from "../../../client/index.ts";
import { type Found, HitPages, type PageOfHits } from "../../../web/search/hit-pages.ts";
import { linkPage } from "../../../web/conversation/panel/media/link-pages.ts";
import { WoundClock } from "../../rig/wound-clock.ts";

const found = (seq: number, conversationId = "c"): Found => ({
  message: {
    conversationId,
    seq,
    rev: seq,
    senderId: "u",
    clientId: `${seq}`,
    text: `text ${seq}`,
    sentAt: seq,
    editedAt: null,
    unsentAt: null,
    replyTo: null,
    mentions: [],
    reactions: [],
    hash: "",
  } as unknown as Message,
});
const from = (first: number, count: number) => Array.from({ length: count }, (_each, i) => found(first - i));

/** A server whose pages are answered by hand. */
function server() {
  const clock = new WoundClock();
  const asked: { ask: PageOfHits; answer: ReturnType<typeof Promise.withResolvers<unknown>> }[] = [];
  const pages = new HitPages(
    async (ask) => {
      const answer = Promise.withResolvers<unknown>();
      asked.push({ ask, answer });
      return (await answer.promise) as never;
    },
    (ms, task) => void clock.after(ms, task),
  );
  const settle = async () => {
    for (let i = 0; i < 10; i++) await Promise.resolve();
  };
  const answer = async (items: readonly Found[], cursor: string | null, missing: readonly unknown[] = []) => {
    asked.at(-1)?.answer.resolve({ items, cursor, missing });
    await settle();
  };
  const refuse = async (error: Error) => {
    asked.at(-1)?.answer.reject(error);
    await settle();
  };
  const seqs = () => pages.getSnapshot().hits.map(({ message }) => message.seq);
  return { clock, asked, pages, answer, refuse, seqs, settle };
}

describe("[W35] a search", () => {
  test("goes on over empty pages until a page's worth of hits has come, and says that it is far back", async () => {
    const { pages, asked, answer, seqs } = server();
    pages.start();
    expect(pages.getSnapshot()).toMatchObject({ status: "searching", emptyPages: 0 });
    await answer([], "one");
    await answer([], "two");
    expect(pages.getSnapshot()).toMatchObject({ status: "searching", emptyPages: 2 });
    await answer([found(90)], "three");
    expect(pages.getSnapshot()).toMatchObject({ status: "searching", emptyPages: 0 });
    await answer(from(80, 20), "four");
    expect(pages.getSnapshot().status).toBe("paused");
    expect(seqs().length).toBe(21);
    expect(asked.map(({ ask }) => ask.cursor)).toEqual([undefined, "one", "two", "three"]);
    pages.more();
    await answer([], null, [{ conversationId: "other" }]);
    expect(pages.getSnapshot()).toMatchObject({ status: "done", isIncomplete: true });
    pages.more();
    expect(asked.length).toBe(5);
  });

  test("that is stopped asks for nothing more, ignores a late answer, and goes on from where it was", async () => {
    const { pages, asked, answer, seqs } = server();
    pages.start();
    await answer([found(9)], "one");
    pages.stop();
    expect(asked.at(-1)?.ask.signal?.aborted).toBe(true);
    await answer([found(8)], null);
    expect(pages.getSnapshot()).toMatchObject({ status: "stopped" });
    expect(seqs()).toEqual([9]);
    pages.more();
    expect(asked.at(-1)?.ask.cursor).toBe("one");
    await answer([found(8)], null);
    expect(seqs()).toEqual([9, 8]);
    expect(pages.getSnapshot().status).toBe("done");
  });

  test("that nobody looks at is given up, and begins again when somebody looks", async () => {
    const { pages, asked, answer, seqs } = server();
    pages.start();
    pages.leave();
    await answer([found(9)], null);
    expect(seqs()).toEqual([]);
    pages.start();
    await answer([found(9)], null);
    expect(seqs()).toEqual([9]);
    expect(asked.length).toBe(2);
  });

  test("that fails keeps what it has, and tries again from there", async () => {
    const { pages, asked, answer, refuse, seqs } = server();
    pages.start();
    await answer([found(9)], "one");
    await refuse(new ParleyError({ code: "unavailable", detail: "no answer", status: 0 }));
    expect(pages.getSnapshot()).toMatchObject({ status: "failed", error: { code: "unavailable" } });
    expect(seqs()).toEqual([9]);
    pages.more();
    expect(pages.getSnapshot()).toMatchObject({ status: "searching", error: null });
    expect(asked.at(-1)?.ask.cursor).toBe("one");
    await answer([], null);
    expect(pages.getSnapshot().status).toBe("done");
  });

  test("that is too fast waits as long as the server says", async () => {
    const { clock, pages, asked, answer, refuse, settle } = server();
    const tooFast = (retryAfterMs: number) => new ParleyError({ code: "rate_limited", detail: "slowly", retryAfterMs });
    pages.start();
    await refuse(tooFast(2_000));
    expect(pages.getSnapshot().status).toBe("searching");
    await clock.wind(1_999);
    expect(asked.length).toBe(1);
    await clock.wind(1);
    await settle();
    expect(asked.length).toBe(2);
    await answer([], "one");
    await refuse(tooFast(3_600_000));
    expect(pages.getSnapshot().status).toBe("failed");
  });

  test("shows no hit twice, and when it is looked at again, what has come meanwhile", async () => {
    const { pages, asked, answer, seqs } = server();
    pages.start();
    await answer(from(30, 20), "one");
    pages.leave();
    pages.start();
    await answer([found(32), found(31), ...from(30, 18)], "other");
    expect(seqs().slice(0, 4)).toEqual([32, 31, 30, 29]);
    expect(new Set(seqs()).size).toBe(22);
    pages.more();
    expect(asked.at(-1)?.ask.cursor).toBe("one");
    await answer([found(11), found(10)], null);
    expect(seqs().slice(-2)).toEqual([11, 10]);
    // More than a page has come: what is between is not known, so the walk begins anew.
    pages.start();
    await answer(from(90, 20), "far");
    expect(seqs()).toEqual(from(90, 20).map(({ message }) => message.seq));
    expect(pages.getSnapshot().status).toBe("paused");
    pages.more();
    expect(asked.at(-1)?.ask.cursor).toBe("far");
  });
});

test("[W79] links are found by two searches, each of which goes on from its own place until both have ended", async () => {
  const withText = (seq: number, text: string) => ({ message: { ...found(seq).message, text }, highlights: [] });
  const pagesOf: Record<string, { items: unknown[]; cursor: string | null }> = {
    "http ": { items: [withText(9, "https://a.example"), withText(8, "http is no link")], cursor: "h2" },
    "http h2": { items: [withText(3, "http://b.example")], cursor: null },
    "www ": { items: [withText(5, "www.c.example")], cursor: null },
  };
  const asked: string[] = [];
  const conversation = {
    search: async (word: string, { cursor = "" }: { cursor?: string } = {}) => {
      asked.push(`${word} ${cursor}`);
      return { missing: [], ...pagesOf[`${word} ${cursor}`] } as never;
    },
    loadFullMessage: async () => await Promise.reject(new Error("none is cut")),
  };
  const first = await linkPage(conversation, { limit: 2 });
  expect(first.items.map(({ message }) => message.seq)).toEqual([9, 5]);
  const second = await linkPage(conversation, { limit: 2, cursor: first.cursor ?? "" });
  expect(second.items.map(({ message }) => message.seq)).toEqual([3]);
  expect(second.cursor).toBe(null);
  expect(asked).toEqual(["http ", "www ", "http h2"]);
});
