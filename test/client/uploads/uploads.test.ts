import { describe, expect, it } from "vitest";
import { uploadHolds, uploadLimits } from "../../../schema/bounds/uploads.ts";
import { fileOf, sendingDevice } from "../../rig/client/uploads/sending-device.ts";

describe("a message with attachments", () => {
  it("is in the timeline at once, with its files, and is sent when they are uploaded", async () => {
    const { server, start, rest, files } = sendingDevice();
    const { conversation, pending } = await start();
    const picture = fileOf("ten bytes.", "a.png", "image/png");
    const preview = new Blob(["pre"], { type: "image/webp" });
    const known = { width: 4, height: 3, thumbhash: "3OcRJYB4d3h/iIeHeEh3eIhw+j3A" };
    // Of the second the description is blank, which counts as none.
    const blank = { file: fileOf("x", "b.txt"), alt: " \u200B" };
    const sent = conversation.send("", { attachments: [{ file: picture, ...known, alt: " A map ", preview }, blank] });
    expect(pending()[0]?.attachments).toMatchObject([
      {
        key: "0",
        name: "a.png",
        kind: "image",
        bytes: 10,
        ...known,
        alt: "A map",
        blob: picture,
        preview,
        state: "waiting",
      },
      { key: "1", name: "b.txt", kind: "file", bytes: 1, width: null, alt: null, state: "waiting" },
    ]);
    await rest();
    expect((await sent).seq).toBe(1);
    const [message] = server.messages;
    expect(message?.attachments).toMatchObject([
      { name: "a.png", bytes: 10, ...known, alt: "A map", hasPreview: true },
      { name: "b.txt", bytes: 1, hasPreview: false },
    ]);
    expect(message?.attachments[1]).not.toHaveProperty("alt");
    expect(message?.attachments.map((each) => server.textOf(each))).toEqual(["ten bytes.", "x"]);
    await rest();
    const [entry] = conversation.timeline.getSnapshot().entries;
    expect(entry).toMatchObject({ kind: "message", message: { attachments: message?.attachments } });
    expect(pending()).toEqual([]);
    expect(await files()).toEqual([]);
  });

  it("[C28] holds up no message that is written after it, and stands below those that are sent before it", async () => {
    const { server, start, rest } = sendingDevice();
    const { conversation, shown } = await start();
    server.fault = ({ path, bytes }) => (path.includes("/parts/") && bytes !== undefined ? "cut" : undefined);
    void conversation.send("picture", { attachments: [fileOf("ten bytes.")] });
    void conversation.send("one");
    void conversation.send("two");
    expect(shown()).toEqual(["[one]", "[two]", "[picture]"]);
    await rest();
    expect(shown()).toEqual(["one", "two", "[picture]"]);
    server.fault = () => undefined;
    void conversation.send("three");
    await rest();
    expect(shown()).toEqual(["one", "two", "three", "[picture]"]);
  });

  it("[C28] takes its place when its uploads are complete: before what is written from then on", async () => {
    const { clock, server, start, rest } = sendingDevice();
    const { conversation, shown, wake } = await start();
    let isCut = true;
    server.fault = ({ method, path }) => {
      const isSend = method === "POST" && path.endsWith("/messages");
      return isSend || (isCut && path.includes("/parts/")) ? "cut" : undefined;
    };
    void conversation.send("picture", { attachments: [fileOf("ten bytes.")] });
    void conversation.send("before");
    await rest();
    isCut = false;
    await clock.wind(1_000);
    expect(shown()).toEqual(["[before]", "[picture]"]);
    void conversation.send("after");
    expect(shown()).toEqual(["[before]", "[picture]", "[after]"]);
    server.fault = () => undefined;
    wake();
    await clock.wind(5_000);
    expect(server.messages.map(({ text }) => text)).toEqual(["before", "picture", "after"]);
  });

  it("[C28] says how far its upload is without a new state of the timeline for each step", async () => {
    const { clock, server, start, rest } = sendingDevice();
    const { conversation, pending } = await start();
    let left = 12;
    server.fault = ({ path }) => (path.includes("/parts/") && left-- <= 0 ? "hang" : undefined);
    void conversation.send("", { attachments: [fileOf("x".repeat(80))] });
    await rest();
    const attachment = pending()[0]?.attachments[0];
    let states = 0;
    conversation.timeline.subscribe(() => states++);
    await clock.wind(1_000);
    expect(attachment?.progress.getSnapshot()).toMatchObject({ state: "uploading", sentBytes: 48 });
    expect(pending()[0]?.attachments[0]).toBe(attachment);
    expect(states).toBe(0);
  });

  it(`[C29] has at most ${uploadHolds.partsAtOnceMax} parts under way, whatever is sent`, async () => {
    const { server, start, rest } = sendingDevice();
    const { conversation } = await start();
    const attachments = Array.from({ length: 10 }, (_, i) => fileOf(`${i}`.repeat(40), `${i}.txt`));
    const sent = [
      conversation.send("many", { attachments }),
      conversation.send("more", { attachments: attachments.slice(1) }),
    ];
    for (let i = 0; i < 20; i++) await rest();
    await Promise.all(sent);
    expect(server.underWayMost).toBe(uploadHolds.partsAtOnceMax);
    const names = attachments.map(({ name }) => name);
    for (const message of server.messages)
      expect(message.attachments.map(({ name }) => name)).toEqual(message.text === "many" ? names : names.slice(1));
  });

  it("is paused and goes on, also over a restart, with the parts that the server has", async () => {
    const { clock, server, start, rest } = sendingDevice();
    const first = await start();
    server.fault = ({ path }) => (path.endsWith("/parts/3") ? "hang" : undefined);
    void first.conversation.send("", { clientId: "p", attachments: [fileOf("twelve bytes")] });
    await rest();
    expect(first.states()).toEqual(["uploading"]);
    first.conversation.uploads.pause("p");
    expect(first.states()).toEqual(["paused"]);
    server.fault = () => undefined;
    await clock.wind(60_000);
    expect(server.arrived).toHaveLength(2);
    first.close();
    await rest();

    const second = await start();
    await clock.wind(60_000);
    expect(second.states()).toEqual(["paused"]);
    expect(server.messages).toEqual([]);
    second.conversation.uploads.resume("p");
    await rest();
    expect(server.arrived).toHaveLength(3);
    expect(server.messages).toHaveLength(1);
  });

  it("[C8] is discarded: its uploads end on the server, its files here, and a failed one is no burden", async () => {
    const { server, start, rest, files } = sendingDevice();
    const { conversation, pending } = await start();
    server.fault = ({ path }) => (path.endsWith("/parts/3") ? "hang" : undefined);
    const sent = conversation.send("", { clientId: "p", attachments: [fileOf("twelve bytes")] });
    await rest();
    expect(server.uploads.size).toBe(1);
    expect(await files()).toHaveLength(1);
    conversation.discard("p");
    await expect(sent).rejects.toMatchObject({ code: "discarded" });
    await rest();
    expect([server.uploads.size, pending().length, await files()]).toEqual([0, 0, []]);
  });

  it("fails for good where the server refuses an upload, and is sent when it is tried again", async () => {
    const { server, start, rest } = sendingDevice();
    const { conversation, pending } = await start();
    const forbidden = { status: 403, body: { code: "forbidden", detail: "no right", retry: "never" } };
    server.fault = ({ path }) => (path.endsWith("/uploads") ? forbidden : undefined);
    const sent = conversation.send("caption", { clientId: "p", attachments: [fileOf("abc"), fileOf("def")] });
    await expect(sent).rejects.toMatchObject({ code: "forbidden" });
    expect(pending()).toMatchObject([{ status: "failed", error: { code: "forbidden" } }]);
    server.fault = () => undefined;
    conversation.resend("p");
    expect(pending()).toMatchObject([{ status: "waiting", error: null }]);
    await rest();
    expect(server.messages.map((message) => message.attachments.map((each) => server.textOf(each)))).toEqual([
      ["abc", "def"],
    ]);
  });

  it("[C8] waits as long as the server asks for its quota, and shows until when", async () => {
    const { clock, server, start, rest } = sendingDevice();
    const { conversation, pending } = await start();
    const busy = { status: 429, body: { code: "rate_limited", detail: "", retry: "later", retryAfterMs: 3_600_000 } };
    server.fault = ({ path }) => (path.endsWith("/uploads") ? busy : undefined);
    void conversation.send("", { attachments: [fileOf("abc")] });
    await rest();
    const at = clock.now() + 3_600_000;
    expect(pending()).toMatchObject([{ status: "waiting", error: { code: "rate_limited" }, retryAt: at }]);
    server.fault = () => undefined;
    await clock.wind(3_599_000);
    expect(server.messages).toEqual([]);
    await clock.wind(2_000);
    expect(server.messages).toHaveLength(1);
  });

  it("forwards an attachment without its bytes", async () => {
    const { server, start, rest } = sendingDevice();
    const { conversation, pending } = await start();
    await Promise.all([conversation.send("", { attachments: [fileOf("abc", "a.txt")] }), rest()]);
    const [first] = server.messages[0]?.attachments ?? [];
    void conversation.send("again", { attachments: [{ from: first?.id ?? "" }] });
    expect(pending()[0]?.attachments).toMatchObject([{ name: "", bytes: 0, blob: null }]);
    await rest();
    expect(server.messages[1]?.attachments).toMatchObject([{ name: "a.txt", sha256: first?.sha256 }]);
    expect(server.arrived).toHaveLength(1);
  });

  it("is sent without its preview where the server does not want that", async () => {
    const { server, start, rest } = sendingDevice();
    const { conversation } = await start();
    const bad = { status: 400, body: { code: "bad_request", detail: "preview: no picture", retry: "never" } };
    server.fault = ({ path, body }) =>
      path.endsWith("/complete") && JSON.stringify(body).includes("preview") ? bad : undefined;
    void conversation.send("", { attachments: [{ file: fileOf("abc"), preview: new Blob(["p"]) }] });
    await rest();
    expect(server.messages[0]?.attachments).toMatchObject([{ hasPreview: false }]);
  });

  it("cannot be sent at all with what no server would take", async () => {
    const { start, server } = sendingDevice();
    const { conversation, pending } = await start();
    const huge = new Proxy(fileOf("x"), {
      get: (file, name) => (name === "size" ? uploadLimits.attachmentBytesMax + 1 : Reflect.get(file, name)),
    });
    const attempts = [
      [[fileOf("")], "bad_request"],
      [[huge], "too_large"],
      [Array.from({ length: 21 }, () => fileOf("x")), "too_large"],
      [[{ file: fileOf("x"), width: 70_000 }], "bad_request"],
      [[{ file: fileOf("x"), thumbhash: "no base64!" }], "bad_request"],
    ] as const;
    for (const [attachments, code] of attempts)
      await expect(conversation.send("text", { attachments })).rejects.toMatchObject({ code });
    await expect(conversation.send("  ", { attachments: [fileOf("x")] })).rejects.toMatchObject({
      code: "bad_request",
    });
    expect(pending()).toEqual([]);
    expect(server.uploads.size).toBe(0);
  });

  it("[P2] is another message than one with other files under its clientId, and the same with the same", async () => {
    const { start, rest, server } = sendingDevice();
    const { conversation } = await start();
    const send = (...files: File[]) => conversation.send("t", { clientId: "p", attachments: files });
    const sent = [send(fileOf("abc")), send(fileOf("abc"))];
    await expect(send(fileOf("abcd"))).rejects.toMatchObject({ code: "client_id_reused" });
    await expect(send()).rejects.toMatchObject({ code: "client_id_reused" });
    await rest();
    expect(await Promise.all(sent)).toHaveLength(2);
    expect(server.messages).toHaveLength(1);
  });
});
