import { describe, expect, it } from "vitest";
import { ParleyError } from "../../../client/index.ts";
import { Prefetch } from "../../../client/account/prefetch.ts";
import { settled } from "../../rig/wound-clock.ts";

describe("what is fetched before anybody looks", () => {
  it("is the first fifty conversations", async () => {
    const fetched: string[] = [];
    const prefetch = new Prefetch(async (id) => {
      await Promise.resolve();
      fetched.push(id);
    });
    for (let i = 0; i < 200; i++) prefetch.ask(`c${i}`);
    await settled();
    expect(fetched.length).toBeLessThan(60);
    expect(fetched.length).toBeGreaterThan(49);
  });

  it("stops where there is no network, and goes on with what is asked for when there is one again", async () => {
    const tries: string[] = [];
    let isDown = true;
    const prefetch = new Prefetch((id) => {
      tries.push(id);
      const gone = new ParleyError({ code: "unavailable", detail: "no network", retry: "later", status: 0 });
      return isDown ? Promise.reject(gone) : Promise.resolve();
    });
    for (let i = 0; i < 20; i++) prefetch.ask(`c${i}`);
    await settled();
    expect(tries.length).toBeLessThan(5);
    isDown = false;
    prefetch.ask("c30");
    await settled();
    expect(tries).toContain("c30");
  });
});
