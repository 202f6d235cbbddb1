import { expect, test } from "vitest";
import { judgeFcm, judgeWebPush } from "../../../core/push/answers.ts";
import { readRetryAfter, retryDelaySeconds } from "../../../core/push/retry-after.ts";
import { pushing } from "../../../schema/push-limits.ts";

test.each([
  ["sent", [200, 201, 202, 204, 299]],
  ["gone", [404, 410]],
  ["key", [401, 403]],
  ["size", [413]],
  ["later", [408, 425, 429, 500, 502, 503, 504, 599]],
  ["refused", [100, 300, 301, 302, 303, 307, 308, 400, 402, 405, 406, 411, 415, 422, 451]],
] as const)("a Web Push service means %s by %j", (verdict, statuses) => {
  expect(statuses.map(judgeWebPush)).toEqual(statuses.map(() => verdict));
});

test.each([
  ["sent", { status: 200, code: null, fields: [] }],
  ["gone", { status: 404, code: "UNREGISTERED", fields: [] }],
  ["gone", { status: 400, code: "INVALID_ARGUMENT", fields: [], message: "The registration token is not a valid one" }],
  ["size", { status: 400, code: "INVALID_ARGUMENT", fields: [] }],
  ["gone", { status: 400, code: "INVALID_ARGUMENT", fields: ["message.token"] }],
  ["refused", { status: 400, code: "INVALID_ARGUMENT", fields: ["message.data[0].value"] }],
  ["refused", { status: 400, code: null, fields: ["message.android.ttl"] }],
  ["refused", { status: 403, code: "SENDER_ID_MISMATCH", fields: [] }],
  ["refused", { status: 401, code: "THIRD_PARTY_AUTH_ERROR", fields: [] }],
  ["refused", { status: 403, code: null, fields: [] }],
  ["refused", { status: 404, code: null, fields: [] }],
  ["key", { status: 401, code: null, fields: [] }],
  ["size", { status: 400, code: null, fields: [] }],
  ["size", { status: 413, code: null, fields: [] }],
  ["later", { status: 429, code: "QUOTA_EXCEEDED", fields: [] }],
  ["later", { status: 503, code: "UNAVAILABLE", fields: [] }],
  ["later", { status: 500, code: "INTERNAL", fields: [] }],
  ["later", { status: 502, code: null, fields: [] }],
] as const)("FCM means %s by %j", (verdict, fault) => {
  expect(judgeFcm({ message: "", ...fault })).toBe(verdict);
});

const now = Date.UTC(2026, 10, 28, 12);

test.each([
  ["0", 0],
  ["17", 17_000],
  [" 17 ", 17_000],
  ["Sat, 28 Nov 2026 12:00:30 GMT", 30_000],
  ["Saturday, 28-Nov-26 12:00:30 GMT", 30_000],
  ["Sat, 28 Nov 2026 11:00:00 GMT", 0],
  ["99999999999999999999999999", pushing.retryAfterMsMax],
  ["Sat, 28 Nov 2099 12:00:00 GMT", pushing.retryAfterMsMax],
  ["soon", null],
  ["", null],
  [null, null],
])("Retry-After %j is a wait of %j ms", (header, waitMs) => {
  expect(readRetryAfter(header, now)).toBe(waitMs);
});

test("[N12] a hint that failed comes at least three times within a minute, later each time, and never before a service allows it", () => {
  for (const chance of [0, 0.5, 0.999]) {
    let at = 0;
    const tries = [0];
    for (let attempts = 1; attempts <= 5; attempts++) {
      at += retryDelaySeconds(attempts, null, chance);
      tries.push(at);
      expect(retryDelaySeconds(attempts, 90_500, chance)).toBeGreaterThanOrEqual(91);
    }
    expect(tries.filter((second) => second <= 60).length).toBeGreaterThanOrEqual(4);
    expect(tries).toEqual(tries.toSorted((a, b) => a - b));
    expect(retryDelaySeconds(99, pushing.retryAfterMsMax, chance)).toBeLessThan(43_200);
  }
});
