import { describe, expect, it } from "vitest";
import { memoryStorage, type Storage } from "../../../client/index.ts";
import { fileOf, sendingDevice, type Running } from "../../rig/client/uploads/sending-device.ts";
import { FakeGround } from "../../rig/client/tabs/fake-ground.ts";
import { seeded } from "../../rig/random.ts";

const seeds = Number(process.env["SEEDS"] ?? 12);

describe("an upload that is interrupted", () => {
  it("[C29] goes on after a restart with the parts that are missing, and with the same upload", async () => {
    const { clock, server, start, rest } = sendingDevice();
    const first = await start();
    server.fault = ({ path }) => (path.endsWith("/parts/2") || path.endsWith("/parts/3") ? "cut" : undefined);
    void first.conversation.send("caption", { attachments: [fileOf("0123456789ab")] });
    await rest();
    expect(server.arrived).toEqual(["c1.1/1"]);
    first.close();
    await rest();

    const second = await start();
    await rest();
    expect(second.pending()).toMatchObject([{ text: "caption", attachments: [{ name: "file.txt", bytes: 12 }] }]);
    expect(await second.pending()[0]?.attachments[0]?.blob?.text()).toBe("0123456789ab");
    server.fault = () => undefined;
    await clock.wind(1_000);
    expect(server.arrived.toSorted()).toEqual(["c1.1/1", "c1.1/2", "c1.1/3"]);
    expect(server.messages.map((message) => message.attachments.map((each) => server.textOf(each)))).toEqual([
      ["0123456789ab"],
    ]);
  });

  it("[C29] begins anew where the server has forgotten it: before it was complete, and between that and the send", async () => {
    for (const moment of ["parts", "send"]) {
      const { clock, server, start, rest } = sendingDevice();
      const { conversation, wake } = await start();
      const end = moment === "parts" ? "/parts/3" : "/messages";
      server.fault = ({ method, path }) => (method !== "GET" && path.endsWith(end) ? "cut" : undefined);
      void conversation.send("", { clientId: "p", attachments: [fileOf("0123456789ab"), fileOf("abc")] });
      await rest();
      server.expire("c1.1");
      server.fault = () => undefined;
      wake();
      await clock.wind(60_000);
      expect(server.messages, moment).toMatchObject([{ clientId: "p", attachments: [{ bytes: 12 }, { bytes: 3 }] }]);
      expect(server.messages[0]?.attachments.map((each) => server.textOf(each))).toEqual(["0123456789ab", "abc"]);
    }
  });

  it("[C29] ends with the server's refusal if nothing was lost", async () => {
    const { server, start, rest } = sendingDevice();
    const { conversation, pending } = await start();
    const bad = { status: 400, body: { code: "bad_request", detail: "replyTo", retry: "never" } };
    server.fault = ({ method, path }) => (method === "POST" && path.endsWith("/messages") ? bad : undefined);
    const from = conversation.send("", { attachments: [fileOf("abc")] });
    await expect(from).rejects.toMatchObject({ code: "bad_request" });
    await rest();
    expect(server.calls("POST", /\/messages$/)).toHaveLength(1);
    expect(pending()).toMatchObject([{ status: "failed" }]);
  });

  it("[C29] another tab goes on when the one that uploads is closed", async () => {
    const ground = new FakeGround();
    const { clock, server, start, rest } = sendingDevice();
    const [one, other] = [ground.tab(), ground.tab()];
    const leader = await start(one.common);
    const follower = await start(other.common);
    await rest();
    server.fault = ({ path }) => (path.endsWith("/parts/2") ? "hang" : undefined);
    void follower.conversation.send("", { attachments: [fileOf("01234567")] });
    await rest();
    expect(server.arrived).toEqual(["c1.1/1"]);
    expect(leader.pending()).toEqual([]);
    server.fault = () => undefined;
    follower.close();
    other.kill();
    await clock.wind(31_000);
    await rest();
    expect(server.arrived).toEqual(["c1.1/1", "c1.1/2"]);
    expect(server.messages).toHaveLength(1);
    expect(leader.conversation.timeline.getSnapshot().entries).toHaveLength(1);
  });

  it.each(Array.from({ length: seeds }, (_, i) => i + 1))(
    "[C29] sends each message once and whole, whatever is cut, lost, forgotten or restarted (seed %i)",
    async (seed) => {
      const random = seeded(seed);
      const chance = (p: number) => random() < p;
      const { clock, server, start, rest, files } = sendingDevice();
      let running: Running = await start();
      let isRough = true;
      server.fault = () => {
        if (!isRough) return undefined;
        return chance(0.15) ? "cut" : chance(0.15) ? "lost" : chance(0.03) ? "hang" : undefined;
      };
      const texts = new Map<string, string[]>();
      for (let step = 0; step < 25; step++) {
        const dice = random();
        if (dice < 0.25) {
          const clientId = `k${step}`;
          const contents = Array.from({ length: 1 + Math.floor(random() * 3) }, (_, i) =>
            `${step}.${i} `.repeat(1 + Math.floor(random() * 4)),
          );
          texts.set(clientId, contents);
          const attachments = contents.map((text) =>
            chance(0.3) ? { file: fileOf(text), preview: new Blob(["small"]) } : fileOf(text),
          );
          void running.conversation.send("", { clientId, attachments });
          // What a page has not stored yet is lost with it; the files are.
          await rest();
        } else if (dice < 0.35) {
          running.close();
          await rest();
          running = await start();
        } else if (dice < 0.45) {
          const id = [...server.uploads].findLast(([, { isSent }]) => !isSent)?.[0];
          if (id !== undefined) server.expire(id);
        } else if (dice < 0.55) running.wake();
        else await clock.wind(Math.floor(random() * 5_000));
      }
      isRough = false;
      for (let i = 0; i < 60 && (await files()).length > 0; i++) {
        for (const { clientId, status } of running.pending())
          if (status === "failed") running.conversation.resend(clientId);
        running.wake();
        await clock.wind(60_000);
      }
      const sent = new Map(
        server.messages.map((message) => [message.clientId, message.attachments.map((each) => server.textOf(each))]),
      );
      expect(sent).toEqual(texts);
      expect(server.messages).toHaveLength(texts.size);
      await rest();
      expect(await files()).toEqual([]);
    },
  );
});

describe("the files of unsent messages", () => {
  it("[C30] fail their message at once where there is no room for them, and are sent from memory if the user wants it", async () => {
    const full = Object.assign(new Error("no room"), { name: "QuotaExceededError" });
    const inner = memoryStorage();
    const storage: Storage = {
      ...inner,
      blobs: inner.blobs === undefined ? undefined : { ...inner.blobs, put: () => Promise.reject(full) },
    };
    const { server, start, rest, files } = sendingDevice(storage);
    const { conversation, pending } = await start();
    let isKept = false;
    const onKept = () => {
      isKept = true;
    };
    const sent = conversation.send("", { clientId: "p", attachments: [fileOf("abc")], onKept });
    await expect(sent).rejects.toMatchObject({ code: "storage_full", retry: "never" });
    expect(pending()).toMatchObject([{ status: "failed", attachments: [{ state: "failed" }] }]);
    expect([server.uploads.size, isKept, await files()]).toEqual([0, false, []]);
    conversation.resend("p");
    await rest();
    expect(server.messages).toHaveLength(1);
  });

  it("[C30] are survived by other troubles of storage, and by storage that cannot keep files", async () => {
    const inner = memoryStorage();
    const put = () => Promise.reject(new Error("broken"));
    const broken: Storage = { ...inner, blobs: inner.blobs === undefined ? undefined : { ...inner.blobs, put } };
    for (const storage of [broken, { ...memoryStorage(), blobs: undefined }]) {
      const { server, start, rest } = sendingDevice(storage);
      const { conversation } = await start();
      void conversation.send("", { attachments: [fileOf("abc")] });
      await rest();
      expect(server.messages).toHaveLength(1);
    }
  });

  it("[C30] say it where a restart finds the message and not its files", async () => {
    const { clock, server, storage, start, rest } = sendingDevice();
    const first = await start();
    server.isDown = true;
    void first.conversation.send("caption", { clientId: "p", attachments: [fileOf("abc")] });
    await rest();
    first.close();
    await storage.blobs?.deleteRange({ from: "", to: "~" });
    server.isDown = false;
    const second = await start();
    await clock.wind(1_000);
    expect(second.pending()).toMatchObject([{ text: "caption", status: "failed", error: { code: "file_lost" } }]);
    second.conversation.discard("p");
    expect(second.pending()).toEqual([]);
  });

  it("[C30] that no message names are deleted at the next start, and those of other tabs are not", async () => {
    const { server, storage, start, rest, files } = sendingDevice();
    const ground = new FakeGround();
    const first = await start(ground.tab().common);
    server.isDown = true;
    void first.conversation.send("", { attachments: [fileOf("abc")] });
    await rest();
    const [own = ""] = await files();
    const orphan = own.replace(/blob\/[^/]+\//, "blob/gone/");
    await storage.blobs?.put(orphan, fileOf("x"));
    expect(await files()).toHaveLength(2);
    await start(ground.tab().common);
    await rest();
    expect(await files()).toEqual([own]);
  });

  it("[C30] are deleted by a sign-out, and nothing is written after it", async () => {
    const { server, start, rest, files } = sendingDevice();
    const { account, conversation } = await start();
    server.fault = ({ path }) => (path.includes("/parts/") ? "hang" : undefined);
    void conversation.send("", { attachments: [fileOf("abc")] });
    await rest();
    expect(await files()).toHaveLength(1);
    void conversation.send("", { attachments: [fileOf("def")] });
    await account.signOut();
    await rest();
    expect(await files()).toEqual([]);
  });
});
