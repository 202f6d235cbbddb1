import { afterEach, beforeEach, expect, test, vi } from "vitest";
import type { Env } from "../../objects/shared/platform/env.ts";
import { consume } from "../../workers/queues/consume.ts";

beforeEach(() => void vi.spyOn(console, "log").mockImplementation(() => undefined));
afterEach(() => void vi.restoreAllMocks());

test.each(["parley-push", "parley-staging-fanout", "parley-archive", "something else"])(
  "a hint on %s that nobody understands is acknowledged and logged, without what it says",
  async (queue) => {
    const message = {
      id: "m1",
      timestamp: new Date(),
      body: { text: "secret" },
      attempts: 1,
      ack: vi.fn(),
      retry: vi.fn(),
    };
    const metadata = { metrics: { backlogCount: 0, backlogBytes: 0 } };
    const batch = { queue, messages: [message, message], metadata, ackAll: vi.fn(), retryAll: vi.fn() };
    await consume(batch, {} as Env);
    expect(message.ack).toHaveBeenCalledTimes(2);
    expect(message.retry).not.toHaveBeenCalled();
    const logged = vi.mocked(console.log).mock.calls.flat().join("\n");
    expect(logged).toContain(queue);
    expect(logged).not.toContain("secret");
  },
);
