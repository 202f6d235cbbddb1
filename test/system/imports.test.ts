/** An import from outside: the program, killed and its server killed in the middle, and what can be read afterwards; and people by the thousand. */
import { execFile, spawn } from "node:child_process";
import { once } from "node:events";
import { appendFileSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { text } from "node:stream/consumers";
import { promisify } from "node:util";
import { afterAll, beforeAll, expect, onTestFinished, test } from "vitest";
import { corpusTexts } from "../../scripts/import/corpus.ts";
import { checkExport } from "../../scripts/export/check-export.ts";
import type { Server } from "../../scripts/server/server.ts";
import { spawnTestServer } from "../rig/server/test-server.ts";
import { ask, signUp } from "../rig/server/http.ts";
import { importPeople, operatorSecret, signInImported } from "../rig/server/imported-people.ts";

let server: Server;
let folder: string;
beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), "parley-import-"));
  server = await spawnTestServer({ env: { OPERATOR_SECRET: operatorSecret } });
}, 120_000);
afterAll(async () => {
  await server.stop();
  rmSync(folder, { recursive: true, force: true });
});

const program = join(import.meta.dirname, "../../scripts/import/import.ts");
const environment = { ...process.env, OPERATOR_SECRET: operatorSecret };
const argumentsOf = (file: string, source: string, more: string[] = []): string[] => [
  program,
  file,
  "--source",
  source,
  "--url",
  server.url,
  ...more,
];

/** Runs the program to its end. */
async function run(
  file: string,
  source: string,
  ...more: string[]
): Promise<{ code: number; out: string; err: string }> {
  try {
    const done = await promisify(execFile)(process.execPath, argumentsOf(file, source, more), { env: environment });
    return { code: 0, out: done.stdout, err: done.stderr };
  } catch (error) {
    const { code, stdout, stderr } = error as { code: number; stdout: string; stderr: string };
    return { code, out: stdout, err: stderr };
  }
}

/** Stands between the program and the server, and does something at the n-th call, whose answer is lost. The server has the call by then, and may have stored it. */
class Between {
  readonly #http = createServer((request, response) => void this.#pass(request, response));
  #calls = 0;
  #at = Infinity;
  #act: () => Promise<void> = () => Promise.resolve();

  async listen(): Promise<string> {
    this.#http.listen(0, "127.0.0.1");
    await once(this.#http, "listening");
    return `http://127.0.0.1:${(this.#http.address() as AddressInfo).port}`;
  }

  get calls(): number {
    return this.#calls;
  }

  /** At the n-th call from now. */
  at(n: number, act: () => Promise<void>): void {
    [this.#calls, this.#at, this.#act] = [0, n, act];
  }

  close(): void {
    this.#http.close();
    this.#http.closeAllConnections();
  }

  async #pass(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const isLost = ++this.#calls === this.#at;
    try {
      const { authorization = "" } = request.headers;
      const asked = fetch(server.url + (request.url ?? ""), {
        method: "POST",
        headers: { "content-type": "application/json", authorization },
        body: await text(request),
      });
      if (isLost) {
        asked.catch(() => undefined);
        await this.#act();
        throw new Error("lost");
      }
      const answer = await asked;
      response.writeHead(answer.status, { "content-type": "application/json" }).end(await answer.text());
    } catch {
      response.destroy();
    }
  }
}

type Said = { conversation: string; id: string; sender: string; at: number; text: string };

/** Three conversations of three people each, whose messages come mixed; somebody leaves one of them. */
function manyLines(count: number): {
  people: object[];
  conversations: { id: string; members: string[] }[];
  said: Said[];
} {
  const people = Array.from({ length: 9 }, (_, n) => ({ type: "person", id: `p${n}`, handle: `kill.p${n}x` }));
  const conversations = [0, 1, 2].map((n) => ({
    id: `c${n}`,
    members: [3 * n, 3 * n + 1, 3 * n + 2].map((p) => `p${p}`),
  }));
  const texts = corpusTexts();
  const said = Array.from({ length: count }, (_, n): Said => {
    const { id = "", members = [] } = conversations[n % 3] ?? {};
    const sender = members[(n * 7) % members.length] ?? "";
    return {
      conversation: id,
      id: `m${n}`,
      sender,
      at: Date.UTC(2018, 0, 1) + n * 1_000,
      text: texts.next().value ?? "",
    };
  });
  return { people, conversations, said };
}

test(
  "[X18] an import whose program is killed, and then its server, is the file, once and whole; a repeat changes nothing",
  { timeout: 300_000 },
  async () => {
    const { people, conversations, said } = manyLines(24_000);
    const createdAt = Date.UTC(2018, 0, 1);
    const founded = conversations.map((of) => ({
      type: "conversation",
      kind: "group",
      title: `Talk ${of.id}`,
      createdAt,
      ...of,
    }));
    const messages = said.map((one, n) => ({
      type: "message",
      ...one,
      ...(n % 30 === 29 ? { replyTo: said[n - 3 * (n % 9)]?.id } : {}),
    }));
    const file = join(folder, "killed.ndjson");
    writeFileSync(file, [...people, ...founded, ...messages].map((line) => `${JSON.stringify(line)}\n`).join(""));
    const between = new Between();
    onTestFinished(() => between.close());
    const url = await between.listen();
    const start = () =>
      spawn(process.execPath, argumentsOf(file, "kill", ["--url", url]), { env: environment, stdio: "ignore" });
    // The program dies in the middle of the messages, and the answer to its last call with it.
    const first = start();
    between.at(12, async () => void first.kill("SIGKILL"));
    await once(first, "exit");
    expect(first.exitCode).toBeNull();
    // The next one goes on. The server dies under it, with calls under way, and it waits.
    const second = start();
    const ended = once(second, "exit");
    const died = new Promise<void>((resolve) =>
      between.at(25, async () => {
        await server.killAll();
        resolve();
      }),
    );
    await died;
    expect(second.exitCode).toBeNull();
    await server.restart();
    expect((await ended)[0]).toBe(0);
    expect(between.calls).toBeGreaterThan(45);
    const headsOf = async () => {
      const heads: unknown[] = [];
      for (const { id, members } of conversations) {
        const sourceId = members[0] ?? "";
        const person = await signInImported(server.url, { source: "kill", sourceId, handle: `kill.${sourceId}x` });
        const inbox = await person.must<{ conversations: { conversationId: string; title: string; unread: number }[] }>(
          200,
          "GET",
          "/v1/conversations",
        );
        expect(inbox.conversations).toMatchObject([{ title: `Talk ${id}`, unread: 0 }]);
        heads.push(inbox.conversations);
        const exported = await person.ask("GET", `/v1/conversations/${inbox.conversations[0]?.conversationId}/export`);
        const exportFile = join(folder, `${id}.ndjson`);
        writeFileSync(exportFile, exported.text);
        const wanted = said.filter(({ conversation }) => conversation === id);
        expect(await checkExport(exportFile)).toMatchObject({ isWhole: true, to: wanted.length, faults: [] });
        const read = exported.text
          .trimEnd()
          .split("\n")
          .map((line) => JSON.parse(line) as { type: string; text: string; sentAt: number })
          .filter(({ type }) => type === "message");
        expect(read.map(({ text, sentAt }) => [text, sentAt])).toEqual(wanted.map(({ text, at }) => [text, at]));
      }
      return heads;
    };
    const heads = await headsOf();
    const again = await run(file, "kill", "--again");
    expect(again).toMatchObject({
      code: 0,
      out: expect.stringContaining(" 0 new lines of history and 24000 that were there"),
    });
    expect(again.out).toContain(" 0 new people");
    expect(await headsOf()).toEqual(heads);
  },
);

test("[X16] a bad line is named by its number and stops the program; mended, or skipped, the rest follows", async () => {
  const file = join(folder, "bad.ndjson");
  const taken = await signUp(server.url);
  const at = Date.UTC(2020, 0, 1);
  const message = { type: "message", conversation: "self", sender: "a" };
  const lines = [
    { type: "person", id: "a", handle: "bad.ax", name: "A" },
    { type: "person", id: "b", handle: taken.handle },
    { type: "conversation", kind: "dm", id: "self", members: ["a"], createdAt: at },
    { ...message, id: "1", at: at + 1, text: "one" },
    { ...message, id: "2", at: at + 2, text: " " },
    { ...message, id: "3", at: at + 3, text: "three" },
  ];
  const write = () => writeFileSync(file, lines.map((line) => `${JSON.stringify(line)}\n`).join(""));
  write();
  expect(await run(file, "bad")).toMatchObject({
    code: 1,
    err: expect.stringContaining("line 2: handle: somebody else has it"),
  });
  lines[1] = { type: "person", id: "b", handle: "bad.bx" };
  write();
  expect(await run(file, "bad")).toMatchObject({
    code: 1,
    err: expect.stringContaining("line 5: text: must not be blank"),
  });
  const skipped = await run(file, "bad", "--skip-bad", "--keep-closed");
  expect(skipped).toMatchObject({ code: 3, err: expect.stringContaining("line 5: text: must not be blank\n") });
  expect(readFileSync(`${file}.bad-lines.txt`, "utf8")).toBe("line 5: text: must not be blank\n");
  // More comes later, as long as it is not open.
  appendFileSync(file, `${JSON.stringify({ ...message, id: "4", at: at + 4, text: "four" })}\n`);
  expect(await run(file, "bad", "--skip-bad")).toMatchObject({
    code: 3,
    out: expect.stringContaining("1 new lines of history"),
  });
  const ana = await signInImported(server.url, { source: "bad", sourceId: "a", handle: "bad.ax" });
  const [row] = (await ana.must<{ conversations: Record<string, unknown>[] }>(200, "GET", "/v1/conversations"))
    .conversations;
  expect(row).toMatchObject({ unread: 0, lastMessage: { seq: 3, preview: "four" } });
  appendFileSync(file, `${JSON.stringify({ ...message, id: "5", at: at + 5, text: "five" })}\n`);
  const open = await run(file, "bad", "--skip-bad");
  expect(open.err).toContain("line 8: conversation: is open and takes no more");
});

test("[X13] the operator's door opens to the operator's secret alone, and says nothing to others", async () => {
  const body = { do: "people", source: "door", people: [{ id: "1", handle: "door.1x", name: "One" }] };
  const path = "/v1/operator/import";
  expect((await ask(server.url, "POST", path, { body })).status).toBe(404);
  expect((await ask(server.url, "POST", path, { body, token: "x".repeat(43) })).status).toBe(404);
  expect((await ask(server.url, "POST", path, { body, token: operatorSecret })).body).toMatchObject({ stored: 1 });
  const wish = { handle: "door.1x", password: "another good password", name: "Thief" };
  const taken = await ask(server.url, "POST", "/v1/accounts", { body: wish });
  expect([taken.status, taken.body["code"]]).toEqual([409, "handle_taken"]);
  const wrong = await promisify(execFile)(process.execPath, argumentsOf(join(folder, "bad.ndjson"), "door"), {
    env: { ...process.env, OPERATOR_SECRET: "y".repeat(40) },
  }).catch((error: unknown) => error as { code: number; stderr: string });
  expect(wrong).toMatchObject({
    code: 1,
    stderr: expect.stringContaining("has no operator's door, or another OPERATOR_SECRET"),
  });
});

test("[X13] a thousand people come in seconds, and are found", { timeout: 120_000 }, async () => {
  const people = await importPeople(server.url, "crowd", 1_000);
  expect(new Set(people.map(({ userId }) => userId)).size).toBe(1_000);
  const ana = await signUp(server.url);
  const found = await ana.must<{ users: { id: string }[] }>(200, "GET", "/v1/users?q=crowd.777x");
  expect(found.users).toMatchObject([{ id: people[777]?.userId }]);
});
