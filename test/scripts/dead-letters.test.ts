/** `npm run dead-letters` against a stand-in for the operator's door. */
import { spawn } from "node:child_process";
import { once } from "node:events";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import { afterAll, beforeAll, beforeEach, expect, test } from "vitest";
import { root } from "../../scripts/build.ts";
import { deadLetterCall, type DeadLetterCall } from "../../schema/operator/dead-letters.ts";

const secret = "an operator's secret of many letters";
let letters: string[] = [];
const asked: DeadLetterCall[] = [];
let url: string;

const server = createServer((request, response) => {
  const parts: Buffer[] = [];
  request.on("data", (part: Buffer) => parts.push(part));
  request.on("end", () => {
    const isOperator = request.headers.authorization === `Bearer ${secret}`;
    if (!isOperator || request.url !== "/v1/operator/dead-letters") return void response.writeHead(404).end("{}");
    const call = deadLetterCall.parse(JSON.parse(Buffer.concat(parts).toString()));
    asked.push(call);
    response.writeHead(200, { "content-type": "application/json" }).end(JSON.stringify(answerTo(call)));
  });
});

const letterOf = (id: string) => ({ id, queue: "push", hint: { userId: "u" }, givenUp: [{ seq: 1 }], keptAt: 0 });

function answerTo(call: DeadLetterCall): object {
  if (call.do === "list") {
    const from = Number(call.cursor ?? 0);
    const next = from + 2;
    return { letters: letters.slice(from, next).map(letterOf), cursor: next < letters.length ? String(next) : null };
  }
  const known = call.ids.filter((id) => letters.includes(id));
  if (call.do === "show") return { letters: known.map(letterOf) };
  const done = known.filter((id) => id !== "stuck");
  letters = letters.filter((id) => !done.includes(id));
  return call.do === "drop"
    ? { dropped: done.length }
    : { replayed: done, failed: known.filter((id) => id === "stuck") };
}

beforeAll(async () => {
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
});
afterAll(() => server.close());
beforeEach(() => {
  letters = ["a", "b", "c", "d", "e"];
  asked.length = 0;
});

async function run(args: string[], given: string | undefined = secret): Promise<{ code: number; said: string }> {
  const env = { ...process.env, ...(given === undefined ? {} : { OPERATOR_SECRET: given }) };
  const child = spawn(process.execPath, [join(root, "scripts/push/dead-letters.ts"), ...args, "--url", url], { env });
  let said = "";
  child.stdout.on("data", (part: Buffer) => (said += part.toString()));
  child.stderr.on("data", (part: Buffer) => (said += part.toString()));
  const [code] = (await once(child, "close")) as [number];
  return { code, said };
}

test("list shows a page, or all; show prints everything of a letter", async () => {
  const page = await run(["list", "--queue", "push"]);
  expect(page).toMatchObject({ code: 0, said: expect.stringMatching(/^a .*\nb .*push .*1 pushes\nThere are more/) });
  expect(asked[0]).toMatchObject({ do: "list", queue: "push" });
  const all = await run(["list", "--all"]);
  expect(all.said.match(/^[a-e] /gm)).toHaveLength(5);
  expect((await run(["show", "c"])).said).toContain('"hint"');
});

test("replay and drop take the letters that are named, or all; what fails is named, and the exit code says so", async () => {
  expect(await run(["drop", "a", "zz"])).toEqual({ code: 0, said: "1 dropped\n" });
  letters.push("stuck");
  const replayed = await run(["replay", "--all"]);
  expect(replayed.code).toBe(1);
  expect(replayed.said).toContain("4 replayed, 1 failed\n  failed and kept: stuck");
  expect(letters).toEqual(["stuck"]);
  expect(await run(["replay", "zz"])).toEqual({ code: 1, said: "0 replayed, 0 failed\n  no such letter: zz\n" });
});

test("without an act, ids or the secret it says how it is used, or what is wrong", async () => {
  expect(await run([])).toMatchObject({ code: 2, said: expect.stringContaining("Usage") });
  expect(await run(["drop"])).toMatchObject({ code: 2, said: expect.stringContaining("Usage") });
  expect(await run(["list"], "wrong")).toMatchObject({ code: 1, said: expect.stringContaining("no operator's door") });
  expect(asked).toEqual([]);
});
