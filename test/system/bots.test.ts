/** The examples as programs of their own, against a whole server. */
import { type ChildProcess, spawn } from "node:child_process";
import { randomBytes } from "node:crypto";
import { once } from "node:events";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { createParley, type Account, type ConversationHandle, type Fetch, type Parley } from "../../client/index.ts";
import { sqliteStorage } from "../../client/storage/storage-sqlite.ts";
import type { Server } from "../../scripts/server/server.ts";
import { spawnTestServer } from "../rig/server/test-server.ts";

const root = join(import.meta.dirname, "../..");
const folder = mkdtempSync(join(tmpdir(), "parley-bots-"));
const bots = new Set<ChildProcess>();
let server: Server;
let parley: Parley;
let ana: Account;

beforeAll(async () => {
  server = await spawnTestServer();
  parley = createParley({ baseUrl: server.url });
  ana = await parley.signUp({ handle: "ana", password: "a long enough secret" });
}, 120_000);
afterAll(async () => {
  for (const bot of bots) bot.kill("SIGKILL");
  parley?.close();
  await server?.stop();
  rmSync(folder, { recursive: true, force: true });
});

/** Runs an example until it says a line that matches. */
async function start(
  name: string,
  env: Record<string, string>,
  ready: RegExp,
): Promise<{ bot: ChildProcess; said: string }> {
  const bot = spawn(process.execPath, [join(root, `examples/${name}.ts`)], {
    cwd: folder,
    env: { ...process.env, PARLEY_URL: server.url, NODE_NO_WARNINGS: "1", ...env },
    stdio: ["ignore", "pipe", "pipe"],
  });
  bots.add(bot);
  bot.once("exit", () => bots.delete(bot));
  let said = "";
  await new Promise<void>((resolve, reject) => {
    const hear = (chunk: Buffer) => {
      said += chunk.toString();
      if (ready.test(said)) resolve();
    };
    bot.stdout.on("data", hear);
    bot.stderr.on("data", hear);
    bot.once("exit", () => reject(new Error(`${name} ended:\n${said}`)));
  });
  return { bot, said };
}

async function kill(bot: ChildProcess): Promise<void> {
  const gone = once(bot, "exit");
  bot.kill("SIGKILL");
  await gone;
}

async function until(what: string, isSo: () => boolean, ms = 30_000): Promise<void> {
  const giveUpAt = Date.now() + ms;
  while (!isSo()) {
    if (Date.now() > giveUpAt) throw new Error(`never: ${what}`);
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}

const messages = (conversation: ConversationHandle) =>
  conversation.timeline.getSnapshot().entries.flatMap((entry) => (entry.kind === "message" ? [entry.message] : []));

/** What the other has answered, by the message that it answers. */
const answers = (conversation: ConversationHandle) =>
  messages(conversation).flatMap(({ senderId, replyTo, text }) =>
    senderId === ana.userId ? [] : [`${replyTo} ${text}`],
  );

const chatWith = async (handle: string) => {
  const conversation = await ana.openDm((await ana.getUserByHandle(handle)).id);
  conversation.open();
  return conversation;
};

describe("the examples", () => {
  it("[C9] a bot that is killed in the middle of traffic is the same device again, and answers everything once", async () => {
    const first = await start("echo-bot", {}, /Write to @echo/);
    const conversation = await chatWith("echo");
    const sent: string[] = [];
    const say = async (text: string) => {
      const { seq } = await conversation.send(text);
      sent.push(`${seq} ${text}`);
    };
    for (let i = 0; i < 10; i++) await say(`before ${i}`);
    await until("some answers", () => answers(conversation).length >= 3);
    await kill(first.bot);
    for (let i = 0; i < 10; i++) await say(`meanwhile ${i}`);
    await start("echo-bot", {}, /Write to @echo/);
    await say("after");
    // The last one is answered last, so any that is answered twice has been so by then.
    await until("all answers", () => answers(conversation).at(-1)?.endsWith(" after") === true);
    expect(answers(conversation)).toEqual(sent);
    // One device, although it was started twice.
    const asEcho = await createParleyOf("echo", "say it all again");
    expect((await asEcho.devices()).filter(({ platform }) => platform === "bot")).toHaveLength(1);
  });

  it("a reminder comes at its time, also where the bot was killed in between", async () => {
    const first = await start("reminder-bot", {}, /Write "in/);
    const conversation = await chatWith("reminder");
    const { seq } = await conversation.send("in 3 s tea");
    const { sentAt } = messages(conversation).find((message) => message.seq === seq) ?? { sentAt: 0 };
    await until("noted", () => messages(conversation).some(({ reactions }) => reactions.length > 0));
    await kill(first.bot);
    await start("reminder-bot", {}, /Write "in/);
    await until("reminded", () => answers(conversation).length > 0);
    expect(answers(conversation)).toEqual([`${seq} tea`]);
    expect((messages(conversation).at(-1)?.sentAt ?? 0) - sentAt).toBeGreaterThanOrEqual(3_000);
  });

  it("a hook that is posted twice under one key is one message, and a stranger's is none", async () => {
    const secret = "a secret of enough length";
    const env = { BRIDGE_TO: "ana", BRIDGE_SECRET: secret, BRIDGE_PORT: "0" };
    const { said } = await start("webhook-bot", env, /Listening on \d+/);
    const url = `http://127.0.0.1:${/Listening on (\d+)/.exec(said)?.[1]}`;
    const post = (authorization: string, body: string, key: string) =>
      fetch(url, { method: "POST", body, headers: { authorization, "idempotency-key": key } });
    expect((await post("Bearer wrong", "no", "k0")).status).toBe(401);
    const [once, twice] = [
      await post(`Bearer ${secret}`, "Build 17", "k1"),
      await post(`Bearer ${secret}`, "Build 17", "k1"),
    ];
    expect([once.status, await once.json()]).toEqual([200, await twice.json()]);
    expect((await post(`Bearer ${secret}`, "", "k2")).status).toBe(400);
    const conversation = await chatWith("webhook");
    await until("arrived", () => answers(conversation).length > 0);
    expect(answers(conversation)).toEqual(["null Build 17"]);
  });
});

async function createParleyOf(handle: string, password: string): Promise<Account> {
  const other = createParley({ baseUrl: server.url });
  const account = await other.signIn({ handle, password });
  other.close();
  return account;
}

it("[C29] a program sends a file once and whole, though workerd is killed and the program ends in the middle", async () => {
  const path = join(folder, "sender.db");
  const bytes = randomBytes(20 * 1_024 * 1_024);
  const storage = sqliteStorage(path);
  let parts = 0;
  const counting: Fetch = async (url, init) => {
    if (url.includes("/parts/") && ++parts === 2) await server.killRuntime();
    return await fetch(url, init);
  };
  const first = createParley({ baseUrl: server.url, storage, fetch: counting });
  const sender = await first.signUp({ handle: "sender", password: "a long enough secret" });
  const chat = await sender.openDm(ana.userId);
  void chat.send("the film", { attachments: [new File([bytes], "film.bin")] });
  await until("a part was sent after the kill", () => parts >= 3);
  first.close();
  storage.close();

  const later = sqliteStorage(path);
  const second = createParley({ baseUrl: server.url, storage: later });
  try {
    const atAna = ana.conversation(chat.id);
    atAna.open();
    await until("it has arrived", () => messages(atAna).length === 1, 60_000);
    const [message] = messages(atAna);
    expect(message).toMatchObject({ text: "the film", attachments: [{ name: "film.bin", bytes: bytes.length }] });
    const answer = await fetch(await ana.attachments.url(message?.attachments[0] ?? ""));
    expect(Buffer.from(await answer.arrayBuffer()).equals(bytes)).toBe(true);
    expect((await atAna.sharedMedia({ kinds: ["file"] })).items).toMatchObject([{ seq: 1, senderId: sender.userId }]);
    await until("nothing is left", () => second.accounts.getSnapshot()[0]?.unsent.getSnapshot() === 0);
  } finally {
    second.close();
    later.close();
  }
});
