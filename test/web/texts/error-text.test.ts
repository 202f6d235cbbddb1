import { beforeAll, expect, it } from "vitest";
import { ParleyError } from "parley-sdk";
import { errorText, tryAgainText, fetchServerTexts } from "../../../web/texts/error-text.ts";

beforeAll(fetchServerTexts);

const limited = (detail: string, retryAfterMs: number) =>
  new ParleyError({ code: "rate_limited", detail, retryAfterMs });

it("the text of a limit says which limit it is, and how long to wait", () => {
  const texts: [ParleyError, string][] = [
    [limited("you write too fast here", 400), "You write too fast here. Try again in a moment."],
    [
      limited("you have written enough for today", 5 * 3_600_000 + 1),
      "You have written enough for today. Try again in 6 hours.",
    ],
    [limited("this was done too often lately", 432_000), "This was done too often lately. Try again in 8 minutes."],
    [limited("", 30_000), "That was too much at once. Try again in 30 seconds."],
  ];
  for (const [error, text] of texts) expect(errorText(error)).toBe(text);
});

it("a wait is rounded up, so that a try after it is not too early", () => {
  const texts: [number, string][] = [
    [0, "Try again in a moment."],
    [10_000, "Try again in a moment."],
    [10_001, "Try again in 11 seconds."],
    [50_001, "Try again in a minute."],
    [60_001, "Try again in 2 minutes."],
    [59 * 60_000, "Try again in 59 minutes."],
    [59 * 60_000 + 1, "Try again in an hour."],
    [3_600_001, "Try again in 2 hours."],
    [24 * 3_600_000, "Try again in 24 hours."],
  ];
  for (const [ms, text] of texts) expect([ms, tryAgainText(ms)]).toEqual([ms, text]);
});
