/** The SDK's package where there is no page: in a shared worker that two pages use, and in a service worker. Each page receives from each of the workers what that worker received. */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import type { Page } from "playwright-core";
import { afterAll, beforeAll, describe, expect, inject, test } from "vitest";
import { sdkFolder } from "../../../scripts/build.ts";
import { lacksChromium, ownChromium } from "../../rig/browser/chromium.ts";
import { Deploys } from "../../rig/browser/deploys.ts";

const mark = `${process.pid}.${Date.now() % 100_000}`;
const handles = { shared: `shared.${mark}`, service: `service.${mark}` };

/** Signs up and says what it hears. The function that is answered sends to somebody. */
const person = `
import { createParley } from "./sdk/index.js";
import { indexedDbStorage } from "./sdk/indexed-db.js";

export function person(name, handle, tell) {
  const failed = (error) => tell(name + " failed: " + error);
  const parley = createParley({ baseUrl: location.origin, storage: indexedDbStorage({ name }) });
  const ready = (async () => {
    const account = await parley.signUp({ handle, password: "a long enough secret" });
    account.onMessage(({ message, isOwn }) => isOwn || tell(name + " heard: " + message.text));
    await account.whenOnline({ signal: AbortSignal.timeout(60_000) });
    const page = [typeof window, typeof document, typeof localStorage].join();
    tell(name + " is " + account.connection.getSnapshot().status + ", page: " + page);
    return account;
  })();
  ready.catch(failed);
  return async ({ to, text }) => {
    try {
      const account = await ready;
      const other = await account.getUserByHandle(to);
      await (await account.openDm(other.id)).send(text);
    } catch (error) {
      failed(error);
    }
  };
}`;

const shared = `
import { person } from "./person.js";
const ports = [];
const said = [];
const say = person("shared", "${handles.shared}", (text) => {
  said.push(text);
  for (const port of ports) port.postMessage(text);
});
self.onconnect = ({ ports: [port] }) => {
  ports.push(port);
  for (const text of said) port.postMessage(text);
  port.onmessage = ({ data }) => say(data);
};`;

const service = `
import { person } from "./person.js";
let say;
const tell = async (text) => {
  for (const page of await clients.matchAll({ includeUncontrolled: true })) page.postMessage(text);
};
self.onmessage = (event) => {
  if (event.data === "begin") say ??= person("service", "${handles.service}", tell);
  else event.waitUntil(say(event.data));
};`;

const main = `
globalThis.heard = [];
const hear = ({ data }) => heard.push(data);
const worker = new SharedWorker("shared.js", { type: "module" });
worker.onerror = () => heard.push("the shared worker failed");
worker.port.onmessage = hear;
navigator.serviceWorker.onmessage = hear;
globalThis.workers = (async () => {
  await navigator.serviceWorker.register("service.js", { type: "module" });
  return { shared: worker.port, service: (await navigator.serviceWorker.ready).active };
})();`;

const files: Readonly<Record<string, string>> = {
  "person.js": person,
  "shared.js": shared,
  "service.js": service,
  "main.js": main,
};

function fileAt(path: string): { type: string; body: string } | undefined {
  if (!path.startsWith("/beside/")) return undefined;
  const name = path.slice("/beside/".length);
  if (name === "") return { type: "text/html", body: "<!doctype html><script type=module src=main.js></script>" };
  const body = name.startsWith("sdk/") ? readFileSync(join(sdkFolder, name.slice("sdk/".length)), "utf8") : files[name];
  return body === undefined ? undefined : { type: "text/javascript", body };
}

interface PageGlobals {
  readonly heard: readonly string[];
  readonly workers: Promise<Record<string, { postMessage(message: unknown): void }>>;
}

async function post(page: Page, worker: string, message: unknown): Promise<void> {
  await page.evaluate(
    async ([to, said]) => {
      const workers = await (globalThis as unknown as PageGlobals).workers;
      workers[String(to)]?.postMessage(said);
    },
    [worker, message],
  );
}

async function heardBy(page: Page): Promise<readonly string[]> {
  return await page.evaluate(() => (globalThis as unknown as PageGlobals).heard);
}

describe.skipIf(lacksChromium())("the SDK's package in workers of a browser", () => {
  let beside: Deploys;
  beforeAll(async () => {
    beside = new Deploys(inject("serverUrl"), fileAt);
    await beside.start();
  });
  afterAll(async () => {
    await beside?.stop();
  });

  test("[C16] it signs up, sends, and receives by its socket in a shared worker of two pages, and in a service worker", async () => {
    const context = await (await ownChromium(false)).newContext();
    const [one, two] = await Promise.all([context.newPage(), context.newPage()]);
    const pages = [one, two];
    const faults: string[] = [];
    for (const page of pages) page.on("pageerror", (error) => faults.push(error.message));
    await Promise.all(pages.map((page) => page.goto(`${beside.url}/beside/`)));
    await post(one, "service", "begin");
    const online = (name: string) => `${name} is online, page: undefined,undefined,undefined`;
    for (const name of ["shared", "service"])
      for (const page of pages) await expect.poll(() => heardBy(page)).toContain(online(name));

    await post(one, "shared", { to: handles.service, text: "of page one" });
    for (const page of pages) await expect.poll(() => heardBy(page)).toContain("service heard: of page one");
    await post(two, "service", { to: handles.shared, text: "of page two" });
    for (const page of pages) await expect.poll(() => heardBy(page)).toContain("shared heard: of page two");
    await post(two, "shared", { to: handles.service, text: "of page two, too" });
    for (const page of pages) await expect.poll(() => heardBy(page)).toContain("service heard: of page two, too");

    // Each was said once: the pages share the shared worker, and it signed up once.
    for (const page of pages)
      expect((await heardBy(page)).toSorted()).toEqual([
        "service heard: of page one",
        "service heard: of page two, too",
        online("service"),
        "shared heard: of page two",
        online("shared"),
      ]);
    expect(faults).toEqual([]);
    await context.close();
  });
});
