import { describe, expect, it } from "vitest";
import { decideAfterClose, waitMs, waitMsMax } from "../../../client/link/backoff.ts";
import { closeCodes } from "../../../schema/errors.ts";

const facts = { code: 1006, n: 0, livedMs: 0, drainMs: null, random: 0.5 };

describe("coming back after a socket closed", () => {
  it("waits anywhere in 0 … min(30 s, 1 s · 2^n)", () => {
    expect([0, 1, 2, 3, 4, 5, 6, 60].map(waitMsMax)).toEqual([
      1_000, 2_000, 4_000, 8_000, 16_000, 30_000, 30_000, 30_000,
    ]);
    expect(waitMs(3, 0)).toBe(0);
    expect(waitMs(3, 0.999999)).toBeLessThan(8_000);
    expect(waitMs(3, 0.5)).toBe(4_000);
  });

  it("counts failures, and starts again only after a socket lived 60 s", () => {
    expect(decideAfterClose({ ...facts, n: 4 })).toEqual({ do: "retry", delayMs: 8_000, n: 5 });
    expect(decideAfterClose({ ...facts, n: 4, livedMs: 59_999 })).toEqual({ do: "retry", delayMs: 8_000, n: 5 });
    expect(decideAfterClose({ ...facts, n: 4, livedMs: 60_000 })).toEqual({ do: "retry", delayMs: 500, n: 1 });
  });

  it("spreads over the whole of a drain, 10 s if unsaid, and over it only once", () => {
    const code = closeCodes.restart.code;
    expect(decideAfterClose({ ...facts, code, livedMs: 60_000, n: 3 })).toEqual({ do: "retry", delayMs: 5_000, n: 1 });
    expect(decideAfterClose({ ...facts, code, livedMs: 60_000, drainMs: 4_000 })).toEqual({
      do: "retry",
      delayMs: 2_000,
      n: 1,
    });
    expect(decideAfterClose({ ...facts, livedMs: 60_000, drainMs: 4_000 })).toEqual({
      do: "retry",
      delayMs: 2_000,
      n: 1,
    });
    expect(decideAfterClose({ ...facts, code, n: 2 })).toEqual({ do: "retry", delayMs: 2_000, n: 3 });
  });

  it("obeys every close code of the protocol", () => {
    const verdicts = Object.fromEntries(
      Object.entries(closeCodes).map(([reason, { code }]) => [reason, decideAfterClose({ ...facts, code }).do]),
    );
    expect(verdicts).toEqual({
      badProtocol: "stop",
      credentials: "reauth",
      notMember: "stop",
      silent: "retry",
      tooManySockets: "stop",
      frameTooLarge: "stop",
      tooManyFrames: "retry",
      slowReader: "retry",
      restart: "retry",
      tryLater: "retry",
    });
    expect(decideAfterClose({ ...facts, code: 4403 })).toEqual({ do: "stop", isGone: true });
    expect(decideAfterClose({ ...facts, code: 4409 })).toEqual({ do: "stop", isGone: false });
  });
});
