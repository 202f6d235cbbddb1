/** The SDK as others get it: packed, installed without a network into an empty project, and run there on each platform that it promises. */
import { execFile } from "node:child_process";
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { convertV4MiniflareOptions, Miniflare } from "miniflare";
import { chromium } from "playwright-core";
import { afterAll, beforeAll, describe, expect, inject, it } from "vitest";
import { binOf, root, sdkFolder } from "../../../scripts/build.ts";
import { weighSdk } from "../../../scripts/build/sdk/package.ts";

const run = promisify(execFile);
const project = mkdtempSync(join(tmpdir(), "parley-consumer-"));
const installed = join(project, "node_modules/parley-sdk");

/** What every platform runs: an account, its link, a message to oneself that comes back. Answers what was heard. */
const program = `
export async function tryOut(createParley, baseUrl, handle, storage) {
  const before = Object.getOwnPropertyNames(globalThis).length;
  const parley = createParley({ baseUrl, ...(storage === undefined ? {} : { storage }) });
  const account = await parley.signUp({ handle, password: "a long enough secret" });
  await account.whenOnline({ signal: AbortSignal.timeout(60_000) });
  const heard = new Promise((resolve) => account.onMessage(({ message }) => resolve(message.text)));
  const notes = await account.openDm(account.userId);
  const { seq } = await notes.send("packed");
  const text = await heard;
  parley.close();
  return JSON.stringify({ seq, text, globals: Object.getOwnPropertyNames(globalThis).length - before });
}`;
const done = { seq: 1, text: "packed", globals: 0 };
const handle = (name: string) => `${name}.${process.pid}.${Date.now() % 100_000}`;

beforeAll(async () => {
  // npm's own script, on the Node that runs this: any npm can pack and install.
  const { stdout } = await run("npm", ["pack", sdkFolder, "--json", "--pack-destination", project], { cwd: project });
  const packed: { filename: string }[] = JSON.parse(stdout);
  writeFileSync(join(project, "package.json"), JSON.stringify({ name: "consumer", private: true, type: "module" }));
  const tarball = `./${packed[0]?.filename ?? ""}`;
  await run("npm", ["install", tarball, "--offline", "--no-audit", "--no-fund"], { cwd: project });
  writeFileSync(join(project, "program.js"), program);
}, 120_000);
afterAll(() => rmSync(project, { recursive: true, force: true }));

describe("the SDK's package", () => {
  it("[C16] brings everything that it needs along, and nothing else", () => {
    expect(readdirSync(join(project, "node_modules")).filter((name) => !name.startsWith("."))).toEqual(["parley-sdk"]);
    const imports = filesOf(installed, ".js").flatMap((file) =>
      [...readFileSync(file, "utf8").matchAll(/^(?:import|export) .*from "([^".][^"]*)"/gm)].map((match) => match[1]),
    );
    expect(new Set(imports)).toEqual(new Set(["node:sqlite", "react"]));
  });

  it("[C16] weighs less than 76 KB in a page", async () => {
    const { atOnce, all } = await weighSdk(root);
    expect(atOnce).toBeLessThan(76_000);
    expect(all).toBeLessThan(80_000);
  });

  it("[C16] runs in Node, with a storage in a file, and changes nothing global when it is imported", async () => {
    writeFileSync(
      join(project, "main.js"),
      `const before = Object.getOwnPropertyNames(globalThis).join();
const { createParley } = await import("parley-sdk");
const { sqliteStorage } = await import("parley-sdk/node");
await import("parley-sdk/indexed-db");
if (Object.getOwnPropertyNames(globalThis).join() !== before) throw new Error("the import left something global");
const { tryOut } = await import("./program.js");
const storage = sqliteStorage("bot.db");
console.log(await tryOut(createParley, process.argv[2], process.argv[3], storage));
const again = createParley({ baseUrl: process.argv[2], storage });
await again.ready;
if (again.accounts.getSnapshot().length !== 1) throw new Error("the account was not kept");
again.close();
storage.close();`,
    );
    const { stdout } = await run(process.execPath, ["main.js", inject("serverUrl"), handle("node")], { cwd: project });
    expect(JSON.parse(stdout)).toEqual(done);
  });

  it("[C16] runs in workerd", async () => {
    const worker = `import { createParley } from "./sdk/index.js";
import { tryOut } from "./program.js";
export default { fetch: async (request, env) => new Response(await tryOut(createParley, env.server, env.handle)) };`;
    const sdk = filesOf(installed, ".js").filter((file) => !/(?:node|react|indexed-db)\.js$/.test(file));
    const miniflare = new Miniflare(
      convertV4MiniflareOptions({
        workers: [
          {
            name: "consumer",
            modules: [
              { type: "ESModule", path: "worker.js", contents: worker },
              { type: "ESModule", path: "program.js", contents: program },
              ...sdk.map((file) => ({
                type: "ESModule" as const,
                path: file.replace(installed, "sdk"),
                contents: readFileSync(file, "utf8"),
              })),
            ],
            compatibilityDate: "2026-01-01",
            bindings: { server: inject("serverUrl"), handle: handle("worker") },
          },
        ],
      }),
    );
    try {
      const answer = await miniflare.dispatchFetch("http://worker/");
      expect(await answer.json()).toEqual(done);
    } finally {
      await miniflare.dispose();
    }
  });

  it("[C16] runs in a page whose content security policy forbids to compile code", async () => {
    const browser = await chromium.connect(inject("chromiumUrl"));
    try {
      // The page itself comes from no address, so it may ask the server on this machine only where it is allowed to.
      const context = await browser.newContext({ permissions: ["local-network-access"] });
      const page = await context.newPage();
      const faults: string[] = [];
      page.on("console", (message) => message.type() === "error" && faults.push(message.text()));
      page.on("pageerror", (error) => faults.push(error.message));
      const base = `${inject("serverUrl")}/installed`;
      await page.route(`${base}/**`, async (route) => {
        const path = route.request().url().slice(base.length);
        const policy = { "content-security-policy": "default-src 'none'; script-src 'self'; connect-src 'self'" };
        if (path === "/")
          await route.fulfill({
            headers: policy,
            contentType: "text/html",
            body: "<!doctype html><title>t</title><script type=module src=main.js></script>",
          });
        else {
          const main = `import { createParley } from "./sdk/index.js";
import { indexedDbStorage } from "./sdk/indexed-db.js";
import { tryOut } from "./program.js";
document.title = await tryOut(createParley, location.origin, "${handle("page")}", indexedDbStorage({ name: "t" }));`;
          const body =
            path === "/main.js"
              ? main
              : path === "/program.js"
                ? program
                : readFileSync(join(installed, path.slice("/sdk".length)), "utf8");
          await route.fulfill({ contentType: "text/javascript", body });
        }
      });
      await page.goto(`${base}/`);
      await page.waitForFunction(() => document.title.startsWith("{"));
      expect(JSON.parse(await page.title())).toEqual(done);
      expect(faults).toEqual([]);
    } finally {
      await browser.close();
    }
  });

  it.each([
    ["bundler", "ESNext"],
    ["nodenext", "NodeNext"],
  ])("[C16] is understood by a strict consumer with moduleResolution %s", async (moduleResolution, module) => {
    writeFileSync(
      join(project, "consumer.ts"),
      `import { createParley, ParleyError, type Message, type TimelineEntry } from "parley-sdk";
import { indexedDbStorage } from "parley-sdk/indexed-db";
import { sqliteStorage } from "parley-sdk/node";
import { useConversation, useObservable } from "parley-sdk/react";
const parley = createParley({ baseUrl: "", storage: Math.random() > 1 ? indexedDbStorage() : sqliteStorage("x"), WebSocket });
const account = await parley.signIn({ handle: "a", password: "b" });
account.onMessage(async ({ message, conversation }) => {
  const text: string = message.text;
  await conversation.send(text, { replyTo: message.seq });
});
export function Entries(id: string): readonly TimelineEntry[] {
  return useObservable(useConversation(account, id).timeline).entries;
}
// @ts-expect-error a seq is a number
export const wrong: Message["seq"] = "one";
export const code = (error: unknown): string => (error instanceof ParleyError ? error.code : "");
`,
    );
    const config = join(project, `tsconfig.${moduleResolution}.json`);
    const compilerOptions = {
      strict: true,
      exactOptionalPropertyTypes: true,
      skipLibCheck: false,
      noEmit: true,
      target: "ES2022",
      lib: ["ES2023", "DOM"],
      types: [],
      module,
      moduleResolution,
    };
    writeFileSync(config, JSON.stringify({ compilerOptions, files: ["consumer.ts"] }));
    const checked = await run(process.execPath, [binOf("typescript", "tsc"), "--project", config], {
      cwd: project,
    }).catch((error: { stdout: string }) => error);
    expect(checked.stdout).toBe("");
  });

  it("[C16] has hooks that load beside the program's own React", async () => {
    mkdirSync(join(project, "node_modules"), { recursive: true });
    symlinkSync(join(root, "node_modules/react"), join(project, "node_modules/react"));
    const { stdout } = await run(
      process.execPath,
      ["-e", 'import("parley-sdk/react").then((all) => console.log(Object.keys(all).join()))'],
      { cwd: project },
    );
    expect(stdout.trim()).toBe("useAccounts,useConversation,useObservable,usePresence,useWatch");
  });
});

describe("the SDK's reference", () => {
  it("begins with the manual, and names the modules as one imports them", async () => {
    const url = `${inject("serverUrl")}/docs/sdk/`;
    const text = await (await fetch(url)).text();
    expect(text).toContain("<h2 ");
    expect(text.replaceAll(/<[^>]+>/g, "")).toContain("What you may rely on");
    for (const name of ["parley-sdk", "parley-sdk/indexed-db", "parley-sdk/node", "parley-sdk/react"]) {
      const link = new RegExp(`<a href="([^"]+)"[^>]*><code>${name}</code></a>`).exec(text)?.[1];
      const page = await (await fetch(new URL(link ?? `no-link-to/${name}`, url))).text();
      expect(page).toContain(`<h1>Module ${name}`);
    }
  });

  it("is at /docs/sdk, has no scripts, and is reached from /docs", async () => {
    const url = inject("serverUrl");
    expect(await (await fetch(`${url}/docs`)).text()).toContain('href="/docs/sdk"');
    const index = await fetch(`${url}/docs/sdk`);
    expect([index.status, new URL(index.url).pathname]).toEqual([200, "/docs/sdk/"]);
    expect(index.headers.get("content-security-policy")).toContain("require-trusted-types-for 'script'");
    const pages = [index, await fetch(`${url}/docs/sdk/interfaces/parley-sdk.Account.html`)];
    for (const page of pages) {
      const text = await page.text();
      expect([page.status, /<script|<button|style=|onclick=|javascript:/.exec(text)]).toEqual([200, null]);
      const links = [...text.matchAll(/(?:href|src)="([^"#:]+)["#]/g)].map(
        (match) => new URL(match[1] ?? "", page.url).href,
      );
      const answers = await Promise.all([...new Set(links)].map(async (link) => [link, (await fetch(link)).status]));
      expect(answers.filter(([, status]) => status !== 200)).toEqual([]);
      expect(answers.length).toBeGreaterThan(3);
    }
    expect((await fetch(`${url}/docs/sdk/nothing`)).status).toBe(404);
  });
});

function filesOf(folder: string, end: string): string[] {
  return readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile() && entry.name.endsWith(end))
    .map((entry) => join(entry.parentPath, entry.name));
}
