import { evictDurableObject, runInDurableObject } from "cloudflare:test";
import { env, exports } from "cloudflare:workers";
import { expect, test } from "vitest";

test("what an object has stored outlives its eviction, what it remembers does not", async () => {
  const stub = env.USERS.getByName("smoke");
  await runInDurableObject(stub, (object, state) => {
    Reflect.set(object, "remembered", true);
    state.storage.kv.put("stored", 1);
  });
  await evictDurableObject(stub);
  await runInDurableObject(stub, (object, state) => {
    expect(Reflect.has(object, "remembered")).toBe(false);
    expect(state.storage.kv.get("stored")).toBe(1);
  });
});

test("the Worker answers", async () => {
  const answer = await exports.default.fetch("http://parley.test/v1/healthz");
  expect(await answer.json()).toMatchObject({ ok: true });
});
