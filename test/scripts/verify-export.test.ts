/** What `npm run verify-export` promises: it reads a file of any size in bounded memory, and says in words whether it is whole. */
import { execFile } from "node:child_process";
import { createHash, randomUUID } from "node:crypto";
import { readdir, rm, writeFile } from "node:fs/promises";
import { createServer } from "node:http";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, expect, test } from "vitest";
import { hashOfNothing } from "../../core/chain.ts";
import { checkExport, reportOf } from "../../scripts/export/check-export.ts";
import { lineBytesMax, linesOf } from "../../scripts/export/lines.ts";
import { root } from "../rig/sources.ts";

const files: string[] = [];
afterAll(() => Promise.all(files.map((file) => rm(file, { force: true }))));

async function fileOf(content: string | Buffer): Promise<string> {
  const file = join(tmpdir(), `export-${randomUUID()}.ndjson`);
  files.push(file);
  await writeFile(file, content);
  return file;
}

const sha256 = (text: string): string => createHash("sha256").update(text).digest("hex");

function exported(text = "grüße 👋"): string {
  const contentHash = sha256(`5a17\n${text}`);
  const hash = sha256(`${hashOfNothing}\n1\nu_1\n7\n${contentHash}`);
  const message = {
    type: "message",
    conversationId: "g_1",
    seq: 1,
    senderId: "u_1",
    sentAt: 7,
    contentHash,
    hash,
    salt: "5a17",
    text,
  };
  return [
    { type: "conversation", id: "g_1", from: 1, startHash: hashOfNothing },
    { ...message, editedAt: null, unsentAt: null },
    { type: "end", head: { seq: 1, rev: 2, hash } },
  ]
    .map((line) => `${JSON.stringify(line)}\n`)
    .join("");
}

function run(...args: string[]): Promise<{ code: number; out: string }> {
  const script = join(root, "scripts/export/verify-export.ts");
  return new Promise((resolve) => {
    execFile(process.execPath, [script, ...args], (error, stdout, stderr) =>
      resolve({ code: typeof error?.code === "number" ? error.code : 0, out: stdout + stderr }),
    );
  });
}

test("[X5] the command says what it found, and exits by it", async () => {
  const whole = await fileOf(exported());
  const hash = sha256(`${hashOfNothing}\n1\nu_1\n7\n${sha256("5a17\ngrüße 👋")}`);
  expect(await run(whole)).toMatchObject({ code: 0, out: expect.stringContaining("Complete: 1 messages") as string });
  expect(await run(whole, hash)).toMatchObject({ code: 0 });
  expect(await run(whole, "0".repeat(64))).toMatchObject({
    code: 1,
    out: expect.stringContaining("NOT the one") as string,
  });
  const altered = await fileOf(exported().replace("grüße", "grüsse"));
  expect(await run(altered)).toMatchObject({
    code: 1,
    out: expect.stringContaining("another text than was sent") as string,
  });
  expect((await run(join(tmpdir(), "no such file"))).code).toBe(2);
  expect((await run()).code).toBe(2);
});

test("[X5] a line of many megabytes, bytes that are no UTF-8, and a file cut in the middle each get an answer", async () => {
  const lines = exported().split("\n");
  const huge = await fileOf([lines[0], `"${"x".repeat(lineBytesMax + 10)}"`, ...lines.slice(1)].join("\n"));
  expect((await checkExport(huge)).faults[0]).toMatch(/line 2: is longer than/);
  const bytes = Buffer.concat([Buffer.from(`${lines[0]}\n`), Buffer.from([0xff, 0xfe, 0x0a])]);
  expect((await checkExport(await fileOf(bytes))).faults[0]).toMatch(/line 2: is not UTF-8/);
  const cut = await checkExport(await fileOf(exported().slice(0, -40)));
  expect(reportOf(cut).text).toMatch(/NOT complete[^]*line 3: is not a JSON object/);
  expect((await checkExport(await fileOf(""))).faults).toEqual(["there is no conversation in it"]);
});

test("lines are the same however the file is cut into chunks", async () => {
  const texts = ["", "a", "é".repeat(50_000), "b\r", "x".repeat(200_000)];
  const read: unknown[] = [];
  for await (const line of linesOf(await fileOf(`${texts.join("\n")}\nlast`))) read.push(line);
  const bytes = [...texts.map((text) => Buffer.byteLength(text) + 1), 4];
  expect(read).toEqual([...texts, "last"].map((text, index) => ({ text, bytes: bytes[index] })));
});

/** A server of files by their paths, and an export of a message that names them. */
async function withFiles(files: Record<string, string>): Promise<{ export: string; stop: () => Promise<void> }> {
  const server = createServer((request, response) => {
    const content = files[request.url ?? ""];
    response.statusCode = content === undefined ? 404 : 200;
    response.end(content);
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const address = server.address();
  const port = typeof address === "object" && address !== null ? address.port : 0;
  const attachments = ["one", "two"].map((name) => ({
    id: `g_1.${name}`,
    sha256: sha256(`the bytes of ${name}`),
    bytes: `the bytes of ${name}`.length,
    url: `http://127.0.0.1:${port}/${name}`,
  }));
  const contentHash = sha256(`5a17\n\u0000${attachments.map((each) => `${each.id}:${each.sha256}`).join(",")}`);
  const hash = sha256(`${hashOfNothing}\n1\nu_1\n7\n${contentHash}`);
  const message = {
    conversationId: "g_1",
    seq: 1,
    senderId: "u_1",
    sentAt: 7,
    contentHash,
    hash,
    salt: "5a17",
    text: "",
  };
  const lines = [
    { type: "conversation", id: "g_1", from: 1, startHash: hashOfNothing },
    { type: "message", ...message, editedAt: null, unsentAt: null, attachments },
    { type: "end", head: { seq: 1, rev: 2, hash } },
  ];
  return {
    export: lines.map((line) => `${JSON.stringify(line)}\n`).join(""),
    stop: () => new Promise((resolve) => server.close(() => resolve())),
  };
}

test("[X5] --fetch brings the bytes of attachments, keeps those that are intact, and tells which are not", async () => {
  const folder = join(tmpdir(), `bytes-${randomUUID()}`);
  const files: Record<string, string> = { "/one": "the bytes of one", "/two": "the bytes of two" };
  const { export: text, stop } = await withFiles(files);
  try {
    const file = await fileOf(text);
    expect(await run(file)).toMatchObject({
      code: 0,
      out: expect.stringContaining("2 attachments are those") as string,
    });
    const brought = await run(file, `--fetch=${folder}`);
    expect(brought).toMatchObject({
      code: 0,
      out: expect.stringContaining("bytes of 2 attachments were fetched") as string,
    });
    expect((await readdir(folder)).toSorted()).toEqual(
      [sha256("the bytes of one"), sha256("the bytes of two")].toSorted(),
    );
    files["/one"] = "the bytes of 1!!";
    delete files["/two"];
    const other = await run(file, "--fetch");
    expect(other.code).toBe(1);
    expect(other.out).toMatch(/g_1\.one has other bytes[^]*g_1\.two is answered 404/);
    files["/one"] = "the bytes of one, and more";
    expect((await run("--fetch", file)).out).toMatch(/g_1\.one has other bytes/);
  } finally {
    await stop();
    await rm(folder, { recursive: true, force: true });
  }
  expect((await run(await fileOf(text), "--fetch")).out).toMatch(/g_1\.one cannot be fetched/);
  expect((await run("--fetch")).code).toBe(2);
});
