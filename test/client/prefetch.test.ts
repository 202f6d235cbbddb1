import { describe, expect, it } from "vitest";
import { ParleyError } from "../../client/index.ts";
import { Prefetch } from "../../client/prefetch.ts";
import { settled } from "../rig/wound-clock.ts";

describe("what is fetched before anybody looks", () => {
  it("is the first fifty conversations, and all of those in which somebody is owed what arrived", async () => {
    for (const isOwed of [false, true]) {
      const fetched: string[] = [];
      const prefetch = new Prefetch(async (id) => {
        await Promise.resolve();
        fetched.push(id);
      });
      for (let i = 0; i < 200; i++) prefetch.ask(`c${i}`, 0, isOwed);
      await settled();
      if (isOwed) expect(fetched.length).toBe(200);
      else expect(fetched.length).toBeLessThan(60);
    }
  });

  it("stops where there is no network, and goes on with what is owed when there is one again", async () => {
    const tries: string[] = [];
    let isDown = true;
    const prefetch = new Prefetch((id) => {
      tries.push(id);
      const gone = new ParleyError({ code: "unavailable", detail: "no network", retry: "later", status: 0 });
      return isDown ? Promise.reject(gone) : Promise.resolve();
    });
    for (let i = 0; i < 20; i++) prefetch.ask(`c${i}`, 0);
    for (let i = 0; i < 200; i++) prefetch.ask(`owed${i}`, 0, true);
    await settled();
    expect(tries.length).toBeLessThan(5);
    isDown = false;
    prefetch.resume();
    await settled();
    expect(new Set(tries.filter((id) => id.startsWith("owed"))).size).toBe(200);
  });
});
