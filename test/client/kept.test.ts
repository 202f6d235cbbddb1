import { describe, expect, it } from "vitest";
import { conversationOnScreen, modelWith } from "../rig/conversation-on-screen.ts";
import { settled } from "../rig/wound-clock.ts";

const receiptsOf = (asked: readonly { path: string; body: unknown }[]) =>
  asked.filter(({ path }) => path.endsWith("/receipts")).map(({ body }) => body);
const patchesOf = (asked: readonly { method: string; body: unknown }[]) =>
  asked.filter(({ method }) => method === "PATCH").map(({ body }) => body);

describe("what a page does in its last moment without network", () => {
  it("[C11] is read all the same: the watermark is kept, and said by the next run, once", async () => {
    const model = modelWith(20);
    const first = await conversationOnScreen({ model });
    await first.online();
    first.conversation.open();
    await settled();
    await first.live();
    await first.clock.wind(2_000);
    first.state.isDown = true;
    for (const socket of first.network.sockets) socket.end(1006);
    first.conversation.markRead(20);
    await first.clock.wind(1_000);
    first.parley.close();
    await settled();

    const second = await conversationOnScreen({ model, storage: first.storage });
    await second.clock.wind(100);
    await second.online();
    await second.clock.wind(2_000);
    const said = () => [
      ...receiptsOf(second.server.asked),
      ...second.network.sockets.flatMap(({ sent }) => sent.filter(({ type }) => type === "receipt")),
    ];
    expect(said()).toEqual([expect.objectContaining({ read: 20 })]);
    const sync = second.socketTo("/sync");
    sync.say({ type: "ok", ref: sync.last("receipt")?.["ref"] });
    await second.clock.wind(1_000);
    second.parley.close();

    const third = await conversationOnScreen({ model, storage: first.storage });
    await third.online();
    await third.clock.wind(2_000);
    expect(third.network.sockets.flatMap(({ sent }) => sent.filter(({ type }) => type === "receipt"))).toEqual([]);
  });

  it("[C11] is muted and pinned all the same: changes of rows are kept when the page closes, and the newest wins", async () => {
    const model = modelWith(3);
    const first = await conversationOnScreen({ model });
    await first.online();
    first.state.isDown = true;
    first.account.inbox.patch("c1", { pinned: true, draft: "old" }).catch(() => undefined);
    first.account.inbox.patch("c1", { archived: true }).catch(() => undefined);
    await first.clock.wind(1_000);
    first.parley.close();
    await first.clock.wind(60_000);

    const second = await conversationOnScreen({ model, storage: first.storage });
    const { answer } = second.server;
    second.server.answer = (asked) =>
      asked.method === "PATCH" ? { status: 200, body: second.summary() } : answer(asked);
    second.account.inbox.patch("c1", { draft: "new" }).catch(() => undefined);
    await second.online();
    await second.clock.wind(5_000);
    expect(patchesOf(second.server.asked).at(-1)).toMatchObject({ draft: "new" });
    const said = Object.assign({}, ...patchesOf(second.server.asked)) as object;
    expect(said).toMatchObject({ pinned: true, archived: true, draft: "new" });
    second.parley.close();

    // What was said is not said again.
    const third = await conversationOnScreen({ model, storage: first.storage });
    await third.online();
    await third.clock.wind(5_000);
    expect(patchesOf(third.server.asked)).toEqual([]);
  });
});
