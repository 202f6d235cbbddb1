/** Generates requests that a server must survive: bodies, paths, queries, tokens and frames that a correct client never sends. */
import { createECDH } from "node:crypto";
import { request } from "node:http";
import { handle } from "../../../schema/http/account/accounts.ts";
import type { Route } from "../../../schema/http/route.ts";

export type BadCall = {
  why: string;
  method: string;
  path: string;
  body?: string | Buffer;
  headers?: Record<string, string>;
  /** The statuses that are right answers to it. */
  fits: readonly number[];
};

export type RawAnswer = { status: number; type: string; text: string; ms: number };

/** Asks without any of the corrections that `fetch` makes. */
export async function askRaw(
  base: string,
  { method, path, headers = {}, body }: Omit<BadCall, "why" | "fits">,
): Promise<RawAnswer> {
  const { hostname, port } = new URL(base);
  const startedAt = performance.now();
  return await new Promise((resolve, reject) => {
    const asked = request({ hostname, port, method, path, headers, timeout: 10_000 }, (answer) => {
      let text = "";
      answer.on("data", (part) => (text += String(part)));
      answer.on("end", () =>
        resolve({
          status: answer.statusCode ?? 0,
          type: answer.headers["content-type"] ?? "",
          text,
          ms: performance.now() - startedAt,
        }),
      );
      answer.on("error", reject);
    });
    asked.on("timeout", () => asked.destroy(new Error(`no answer to ${method} ${path}`)));
    asked.on("error", reject);
    asked.end(body);
  });
}

const pushKey = createECDH("prime256v1").generateKeys("base64url");
/** A subscription for pushes as a browser makes it. */
export const goodSubscription = {
  endpoint: "https://fcm.googleapis.com/fcm/send/x",
  keys: { p256dh: pushKey, auth: "A".repeat(22) },
  vapidPublicKey: pushKey,
};

const json = { "content-type": "application/json" };
const deep = (depth: number): unknown => (depth === 0 ? 1 : [deep(depth - 1)]);

/** Values of wrong types, one of which replaces a right value. */
const wrongValues: readonly unknown[] = [
  null,
  true,
  -1,
  1.5,
  1e300,
  "",
  " ",
  "\u0000",
  "\u200b\u2060",
  "\u0085\u00a0",
  "\u001b[31m",
  "a".repeat(101_000),
  "\ud800",
  [],
  [null],
  {},
  { toString: 1 },
  "../../etc/passwd",
  "' OR 1=1 --",
];

/** Bodies that the route's schema refuses: a good body with each field in turn replaced or left out, and values that are no such body at all. */
export function badBodies(route: Route, path: string, good: Record<string, unknown>): BadCall[] {
  const { method, body: schema } = route;
  if (schema === undefined) return [];
  const at = { method, path };
  const calls: BadCall[] = [];
  for (const field of Object.keys(good)) {
    const { [field]: _, ...without } = good;
    const mutants = [without, ...wrongValues.map((value) => ({ ...good, [field]: value }))];
    for (const mutant of mutants) {
      if (schema.safeParse(mutant).success) continue;
      const shown = JSON.stringify(mutant[field])?.slice(0, 30) ?? "left out";
      calls.push({ ...at, why: `${field}: ${shown}`, body: JSON.stringify(mutant), headers: json, fits: [400, 413] });
    }
  }
  const text = JSON.stringify(good);
  calls.push(
    { ...at, why: "half of it", body: text.slice(0, -1), headers: json, fits: [400] },
    { ...at, why: "an array", body: `[${text}]`, headers: json, fits: [400] },
    { ...at, why: "a string", body: '"text"', headers: json, fits: [400] },
    { ...at, why: "null", body: "null", headers: json, fits: [400] },
    { ...at, why: "nested 17 deep", body: JSON.stringify({ ...good, more: deep(16) }), headers: json, fits: [400] },
    {
      ...at,
      why: "no UTF-8",
      body: Buffer.from([0x7b, 0x22, 0xff, 0x22, 0x3a, 0x31, 0x7d]),
      headers: json,
      fits: [400],
    },
    { ...at, why: "not JSON", body: "handle=ana", headers: json, fits: [400] },
    {
      ...at,
      why: "a form",
      body: "handle=ana",
      headers: { "content-type": "application/x-www-form-urlencoded" },
      fits: [415],
    },
    { ...at, why: "plain text", body: text, headers: { "content-type": "text/plain" }, fits: [415] },
    {
      ...at,
      why: "another charset",
      body: text,
      headers: { "content-type": "application/json; charset=utf-16" },
      fits: [415],
    },
    {
      ...at,
      why: "an encoding",
      body: text,
      headers: { "content-type": "application/json", "content-encoding": "gzip" },
      fits: [415],
    },
    { ...at, why: "no media type", body: text, fits: [415] },
    {
      ...at,
      why: "over 1 MiB",
      body: JSON.stringify({ ...good, more: "x".repeat(1_048_576) }),
      headers: json,
      fits: [413],
    },
  );
  return calls;
}

const wrongSegments = [
  "a".repeat(65),
  "a".repeat(4_000),
  "%",
  "%zz",
  "%ff%fe",
  "%00",
  "%20",
  "..%2f..%2fetc",
  "%F0%9D%94%B8",
  "__proto__",
  "constructor",
  "u_%7Bx%7D",
  "-1",
  "1.5",
  "0x10",
  "99999999999999999999",
  "'%20OR%201=1",
];

/** Each parameter of the path in turn replaced. A text with the form of an id is `not_found`, any other one `bad_request`. */
export function badPaths(route: Route, values: Record<string, string>, good: unknown): BadCall[] {
  const names = [...route.path.matchAll(/:(\w+)/g)].map(([, name]) => name ?? "");
  return names.flatMap((name) =>
    wrongSegments
      .filter((segment) => name !== "handle" || !isHandle(segment))
      .map((segment) => ({
        why: `${name}: ${segment.slice(0, 20)}`,
        method: route.method,
        path: pathOf(route, { ...values, [name]: segment }),
        ...(route.body === undefined ? {} : { body: JSON.stringify(good), headers: json }),
        fits: [400, 404],
      })),
  );
}

/** Also a handle that nobody has is one. */
function isHandle(segment: string): boolean {
  return handle.safeParse(decoded(segment)).success;
}

export function pathOf(route: Pick<Route, "path">, values: Record<string, string>): string {
  return route.path.replaceAll(/:(\w+)/g, (_, name: string) => values[name] ?? "");
}

const wrongQueryValues = [
  "",
  "-1",
  "0",
  "1.5",
  "1e3",
  "abc",
  "%00",
  "%ff",
  "99999999999999999999",
  "NaN",
  "%F0%9F%92%A9",
  "true",
];

/** Each parameter of the query in turn given a value that its schema refuses, and twice. */
export function badQueries(route: Route, path: string): BadCall[] {
  const schema = route.query;
  if (schema === undefined) return [];
  const names = Object.keys(schema.shape);
  const needed = Object.fromEntries(names.filter((name) => !isOptional(schema, name)).map((name) => [name, "1"]));
  return names.flatMap((name) => {
    const values = wrongQueryValues.filter((value) => !schema.safeParse({ ...needed, [name]: decoded(value) }).success);
    const asked = [
      ...values.map((value) => [`${name}=${value}`, value] as const),
      [`${name}=1&${name}=1`, "twice"] as const,
    ];
    return asked.map(([given, why]) => {
      const rest = Object.entries(needed)
        .filter(([other]) => other !== name)
        .map(([other, value]) => `${other}=${value}`);
      return {
        why: `?${name}: ${why}`,
        method: route.method,
        path: `${path}?${[...rest, given].join("&")}`,
        fits: [400],
      };
    });
  });
}

/** Queries with those values, and some more, where the schema allows them. */
export function oddQueries(route: Route, path: string): string[] {
  const schema = route.query;
  if (schema === undefined) return [];
  return Object.keys(schema.shape).flatMap((name) =>
    [...wrongQueryValues, "\u0000%27\u2800", "%25_%2A", "%EF%BF%BF", "%ED%A0%80", "a".repeat(100)]
      .filter((value) => schema.safeParse({ [name]: decoded(value) }).success)
      .map((value) => `${path}?${name}=${encodeURI(value).replaceAll("%25", "%")}`),
  );
}

function isOptional(schema: NonNullable<Route["query"]>, name: string): boolean {
  return schema.shape[name]?.safeParse(undefined).success ?? true;
}

function decoded(value: string): string {
  return new URLSearchParams(`x=${value}`).get("x") ?? "";
}

/** Texts to be refused: they show nothing, or hold a forbidden character. */
export const badTexts: readonly string[] = [
  ...Array.from(
    " \n\u0085\u00A0\u00AD\u034F\u061C\u115F\u1160\u17B4\u180E\u200B\u200D\u200F\u2028\u202E\u2060\u2066\u2800\u3000\u3164\uFE0F\uFEFF\uFFA0",
  ),
  ...Array.from("\u{1D173}\u{E0001}\u{E0041}\u{E0100}"),
  "\u2800 \u3164\u200B\uFE0F",
  ...Array.from("\u0000\u0007\u000B\u001B\u001F\u0080\u0085\u009B\u009F\uFFF9\uFFFA\uFFFB\uDC00\uD800").map(
    (each) => `a${each}b`,
  ),
];

/** Names and titles to be refused, though they would be allowed as messages. */
export const badLines: readonly string[] = [
  ...["\n", "\r\n", "\u2028", "\u2029"].map((feed) => `a${feed}b`),
  ...["\u202Etxt.exe", "\u202Aa", "\u2066a", "\u2067a\u202C", "\u202Ea\u2069"],
];

export const badReactions: readonly string[] = [
  ...[
    "a",
    "1",
    "👍👍",
    "👍\u0301",
    `😀${"\u0323\u0301".repeat(6)}`,
    "\u0600👍",
    "🏴\u{E0061}\u{E007F}",
    "😀\u{E0061}\u{E007F}",
  ],
  ...["🇦🇦", "🚀🏽", "👍\u200D🚀", "❤\uFE0E", "\uFE0F", "\u200D", "👨‍👩‍👧‍👦".repeat(40)],
];

/** Frames that deserve an error, with its code. `id` is a conversation of the speaker's. */
export function badFrames(id: string): { why: string; frame: string | Buffer; code: string }[] {
  const send = { type: "send", ref: "r", conversationId: id, clientId: "c", text: "hello" };
  const mutants: [string, unknown][] = [
    ["no type", { ref: "r" }],
    ["a number as type", { type: 1 }],
    ["a null element", null],
    ["a string", "send"],
    ["a number", 1],
    ["an empty array", []],
    ["a nested array", [[send]]],
    ["no text", { ...send, text: undefined }],
    ["no clientId", { ...send, clientId: undefined }],
    ["a clientId with a space", { ...send, clientId: "a b" }],
    ["a clientId of 65", { ...send, clientId: "a".repeat(65) }],
    ["a blank text", { ...send, text: " \n\u200b" }],
    ["a control character", { ...send, text: "a\u0007b" }],
    ["a lone surrogate", { ...send, text: "a\udc00" }],
    ...["\u2800", "\u3164\uFE0F", "a\u009Bb", "a\u0085b", "a\uFFFAb"].map((text): [string, unknown] => [
      `a text of ${JSON.stringify(text)}`,
      { ...send, text },
    ]),
    ["an edit to nothing that shows", { type: "edit", ref: "r", conversationId: id, seq: 1, text: "\u115F" }],
    ["a reaction that is Zalgo", { type: "react", ref: "r", conversationId: id, seq: 1, emoji: "👍\u0301", on: true }],
    ["a reaction of two", { type: "react", ref: "r", conversationId: id, seq: 1, emoji: "👍👍", on: false }],
    ["a text that is an array", { ...send, text: ["a"] }],
    ["a replyTo of 0", { ...send, replyTo: 0 }],
    ["a replyTo that is text", { ...send, replyTo: "1" }],
    ["mentions that are text", { ...send, mentions: "all" }],
    ["a mention that is no id", { ...send, mentions: ["a b"] }],
    ["a ref that is a number", { ...send, ref: 5 }],
    ["a conversation that is no id", { ...send, conversationId: "../x" }],
    ["an edit without seq", { type: "edit", ref: "r", conversationId: id, text: "x" }],
    ["an unsend of seq 1.5", { type: "unsend", ref: "r", conversationId: id, seq: 1.5 }],
    ["a reaction that is text", { type: "react", ref: "r", conversationId: id, seq: 1, emoji: "no", on: true }],
    ["a reaction without on", { type: "react", ref: "r", conversationId: id, seq: 1, emoji: "👍" }],
    ["an empty receipt", { type: "receipt", ref: "r", conversationId: id }],
    ["a receipt below 0", { type: "receipt", ref: "r", conversationId: id, read: -1 }],
    ["a receipt of 1e300", { type: "receipt", ref: "r", conversationId: id, read: 1e300 }],
    ["attend with text", { type: "attend", ref: "r", on: "yes" }],
    ["nested 17 deep", { ...send, more: deep(16) }],
  ];
  return [
    ...mutants.map(([why, frame]) => ({ why, frame: JSON.stringify(frame), code: "bad_request" })),
    { why: "not JSON", frame: "{type:send}", code: "bad_request" },
    { why: "nothing", frame: "", code: "bad_request" },
    { why: "binary", frame: Buffer.from(JSON.stringify(send)), code: "bad_request" },
    { why: "PING", frame: "PING", code: "bad_request" },
    { why: "an unknown type", frame: JSON.stringify({ type: "subscribe", ref: "r" }), code: "unsupported" },
    { why: "a type of the prototype", frame: JSON.stringify({ type: "constructor", ref: "r" }), code: "unsupported" },
    {
      why: "101 objects",
      frame: JSON.stringify(Array.from({ length: 101 }, () => ({ type: "seen" }))),
      code: "too_large",
    },
    { why: "a text of 100,001", frame: JSON.stringify({ ...send, text: "a".repeat(100_001) }), code: "too_large" },
    {
      why: "51 mentions",
      frame: JSON.stringify({ ...send, mentions: Array.from({ length: 51 }, () => "u") }),
      code: "too_large",
    },
    { why: "a ref of 129", frame: JSON.stringify({ ...send, ref: "r".repeat(129) }), code: "too_large" },
    { why: "a reply to nothing", frame: JSON.stringify({ ...send, replyTo: 9_999 }), code: "bad_request" },
    {
      why: "an edit of nothing",
      frame: JSON.stringify({ type: "edit", ref: "r", conversationId: id, seq: 9_999, text: "x" }),
      code: "not_found",
    },
  ];
}
