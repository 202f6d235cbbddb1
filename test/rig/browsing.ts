/** A server and a browser for one test file, and people who meet there; whatever went wrong on a page fails the test it happened in. */
import type { Browser, BrowserContextOptions } from "playwright-core";
import { afterAll, afterEach, beforeAll, expect } from "vitest";
import { type Server, spawnServer } from "../../scripts/server.ts";
import { launchChromium } from "./chromium.ts";
import { WebPerson } from "./web-person.ts";

export interface Browsing {
  server(): Server;
  browser(): Browser;
  /** A new account with a page, which is closed after the test. The handle is made from the name unless it is given. */
  person(name: string, options?: BrowserContextOptions, handle?: string): Promise<WebPerson>;
}

let made = 0;

/** To be called inside `describe`. */
export function browsing(): Browsing {
  let server: Server;
  let browser: Browser;
  let people: WebPerson[] = [];

  beforeAll(async () => {
    [server, browser] = await Promise.all([spawnServer(), launchChromium()]);
  });
  afterAll(async () => {
    await browser?.close();
    await server?.stop();
  });
  afterEach(async ({ task }) => {
    const there = people;
    people = [];
    const faults = there.flatMap(({ handle, faults: found }) => found.map((fault) => ({ handle, ...fault })));
    await Promise.all(there.map((person) => person.leave()));
    // If the test has failed already, its own error is the one to read.
    if (task.result?.state !== "fail") expect(faults).toEqual([]);
  });

  return {
    server: () => server,
    browser: () => browser,
    person: async (name, options, handle) => {
      made++;
      const word =
        name
          .toLowerCase()
          .replaceAll(/[^a-z]/g, "")
          .slice(0, 10) || "somebody";
      const person = await WebPerson.arrive(browser, server.url, handle ?? `${word}.${made}x`, name, options);
      people.push(person);
      return person;
    },
  };
}
