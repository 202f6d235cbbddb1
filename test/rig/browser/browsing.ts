/** People on the server of the browser tests, each with a page. Any error on a page fails the test in which it happened. */
import { randomInt } from "node:crypto";
import type { Browser, BrowserContextOptions, Page } from "playwright-core";
import { afterAll, afterEach, beforeAll, expect, inject } from "vitest";
import { type HttpPerson, signUp } from "../server/http.ts";
import { ownChromium } from "./chromium.ts";
import { WebPerson } from "./web-person.ts";

export interface Browsing {
  readonly url: string;
  browser(): Browser;
  /** A new account with a page, which is closed after the test. The handle is made from the name unless it is given. */
  person(name: string, options?: BrowserContextOptions, handle?: string): Promise<WebPerson>;
  /** A page of somebody who has an account, which is closed after the test. */
  page(program: HttpPerson, options: BrowserContextOptions, prepare: (page: Page) => Promise<void>): Promise<WebPerson>;
  /** Somebody who has no page. */
  program(name: string): Promise<HttpPerson>;
  /** The same, and a direct chat with a person who has one. A page takes most of the time of a test. */
  writer(name: string, to: WebPerson): Promise<{ writer: HttpPerson; chat: string }>;
}

/** Distinguishes the handles of this file from those of others on the same server. */
const fileMark = randomInt(36 ** 4, 36 ** 5).toString(36);
let made = 0;

/**
 * To be called inside `describe`. `url` is that of another server than the one that all files share. The pages are in the headless shell, where there is one. `whole`: they need
 * what it has not (notifications, sounds, films), or are not known to be the same there.
 */
export function browsing(
  url: () => string = () => inject("serverUrl"),
  browserKind: "shell" | "whole" = "shell",
): Browsing {
  let browser: Browser;
  let people: WebPerson[] = [];

  beforeAll(async () => {
    browser = await ownChromium(browserKind === "shell");
  });
  afterAll(async () => {
    // The browser stays, for the next file.
    await Promise.all(browser?.contexts().map((context) => context.close()) ?? []);
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
    get url() {
      return url();
    },
    browser: () => browser,
    person: async (name, options, handle) => {
      made++;
      const word =
        name
          .toLowerCase()
          .replaceAll(/[^a-z]/g, "")
          .slice(0, 10) || "somebody";
      const person = await WebPerson.arrive(browser, url(), handle ?? `${word}.${made}${fileMark}x`, name, options);
      people.push(person);
      return person;
    },
    page: async (program, options, prepare) => {
      const person = await WebPerson.open(browser, program, options, prepare);
      people.push(person);
      return person;
    },
    program: async (name) => await signUp(url(), name),
    writer: async (name, to) => {
      const writer = await signUp(url(), name.toLowerCase());
      return { writer, chat: await writer.dm(to.program) };
    },
  };
}
