/** `npm run reports` against a stand-in for the operator's door. */
import { spawn } from "node:child_process";
import { once } from "node:events";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { root } from "../../../scripts/build.ts";
import { reportCall } from "../../../schema/operator/reports.ts";

const secret = "an operator's secret of many letters";
let url: string;
const asked: unknown[] = [];

const server = createServer((request, response) => {
  const parts: Buffer[] = [];
  request.on("data", (part: Buffer) => parts.push(part));
  request.on("end", () => {
    const isOperator = request.headers.authorization === `Bearer ${secret}`;
    if (!isOperator || request.url !== "/v1/operator/reports") return void response.writeHead(404).end("{}");
    const call = reportCall.parse(JSON.parse(Buffer.concat(parts).toString()));
    asked.push(call);
    response.writeHead(200, { "content-type": "application/json" }).end(JSON.stringify(answerTo(call)));
  });
});

const reportOf = (id: string) => ({
  ...{ id, kind: "message", reason: "spam", note: "see", at: 0, resolvedAt: null, copies: [{ text: "words" }] },
  ...{ reporterId: "u_a", reportedId: "u_b", conversationId: "c", seq: 3 },
});

function answerTo(call: ReturnType<typeof reportCall.parse>): object {
  switch (call.do) {
    case "list":
      return call.cursor === undefined
        ? { reports: [reportOf("r1")], cursor: "next" }
        : { reports: [reportOf("r2")], cursor: null };
    case "show":
      return { reports: call.ids.map(reportOf) };
    case "resolve":
      return { resolved: call.ids.filter((id) => id !== "none").length };
    case "reopen":
      return { reopened: call.ids.length };
  }
}

async function run(...args: string[]): Promise<{ code: number | null; out: string }> {
  const child = spawn(process.execPath, [join(root, "scripts/operator/reports.ts"), ...args, "--url", url], {
    env: { ...process.env, OPERATOR_SECRET: secret },
  });
  let out = "";
  child.stdout.on("data", (part: Buffer) => (out += part.toString()));
  child.stderr.on("data", (part: Buffer) => (out += part.toString()));
  const [code] = (await once(child, "close")) as [number | null];
  return { code, out };
}

beforeAll(async () => {
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
});
afterAll(() => void server.close());

test("[G16] the operator's program lists, shows and resolves reports", async () => {
  const list = await run("list");
  expect(list).toMatchObject({ code: 0 });
  expect(list.out).toContain("r1");
  expect(list.out).toContain("There are more");
  expect(list.out).not.toContain("words");
  expect((await run("list", "--all")).out).toContain("r2");
  expect((await run("show", "r1")).out).toContain("words");
  expect(await run("resolve", "r1", "--note", "warned")).toMatchObject({ code: 0 });
  expect(asked.at(-1)).toEqual({ do: "resolve", ids: ["r1"], note: "warned" });
  expect(await run("resolve", "r1", "none")).toMatchObject({ code: 1 });
  for (const args of [["resolve"], ["list", "--state", "none"], ["burn"]])
    expect(await run(...args)).toMatchObject({ code: 2 });
});
