/** Owns what the committed pictures show: people, chats and words that never change, on a day that never ends. All letters are in the font that we serve. */
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Page } from "playwright-core";
import type { Session } from "../../../schema/http/account/accounts.ts";
import type { Conversation } from "../../../schema/wire/conversation.ts";
import { Importer } from "../../../scripts/import/importer.ts";
import { OperatorDoor } from "../../../scripts/import/operator-door.ts";
import { ask, HttpPerson } from "../../rig/server/http.ts";
import { operatorSecret } from "../../rig/server/imported-people.ts";

const source = "looks";
const password = "a password of the pictures";
const viewer = { id: "ana", handle: "ana.of.the.pictures", name: "Ana Lindqvist", bio: "Walks by the water." };
const people = [
  viewer,
  { id: "bo", handle: "bo.of.the.pictures", name: "Bo Okafor" },
  { id: "chloe", handle: "chloe.of.the.pictures", name: "Chloé Martin" },
  { id: "deniz", handle: "deniz.of.the.pictures", name: "Deniz Aydın" },
  { id: "emil", handle: "emil.of.the.pictures", name: "Emil Costa-Ferreira" },
];

/** A Wednesday at noon. */
export const now = Date.UTC(2024, 4, 15, 12);
const at = (daysAgo: number, clock: string): number => {
  const [hours = 0, minutes = 0] = clock.split(":").map(Number);
  return Date.UTC(2024, 4, 15 - daysAgo, hours, minutes);
};

/** Who, when, what. */
type Said = readonly [sender: string, at: number, text: string, more?: Record<string, unknown>];

function chat(id: string, title: string | null, members: readonly string[], said: readonly Said[]): object[] {
  const head = { type: "conversation", id, members, createdAt: (said[0]?.[1] ?? now) - 60_000 };
  return [
    title === null ? { ...head, kind: "dm" } : { ...head, kind: "group", title },
    ...said.map(([sender, when, text, more], index) => {
      const line = { type: "message", conversation: id, id: String(index + 1), sender, at: when };
      return { ...line, ...(text === "" ? {} : { text }), ...more };
    }),
  ];
}

export const walk = "Harbour walk";

function linesOfScene(): object[] {
  return [
    ...people.map((person) => ({ type: "person", ...person, ...(person === viewer ? { password } : {}) })),
    ...chat(
      "walk",
      walk,
      ["bo", "ana", "chloe", "deniz", "emil"],
      [
        ["bo", at(1, "18:40"), "The lighthouse opens at nine, and the first ferry goes at half past."],
        ["chloe", at(1, "18:42"), "I have the keys to the boathouse, if it rains"],
        ["ana", at(1, "18:55"), "Good to know. I bring the map"],
        [
          "bo",
          at(0, "09:12"),
          "Who is in for Saturday? The forecast says *sun until four*, then _some wind_ from the west.",
        ],
        [
          "bo",
          at(0, "09:12"),
          "Meeting point:\n- the pier, by the clock\n- half past nine\n- platform three if it rains",
        ],
        [
          "chloe",
          at(0, "09:20"),
          "Me! I can bring a thermos and cinnamon buns",
          { replyTo: "4", reactions: [{ emoji: "❤️", by: ["bo", "ana"] }] },
        ],
        ["deniz", at(0, "09:31"), "", { unsentAt: at(0, "09:32") }],
        ["deniz", at(0, "09:33"), "In. The long way round, by the north gate, please", { editedAt: at(0, "09:35") }],
        [
          "ana",
          at(0, "10:05"),
          "Count me in. See you all at the pier then, half past nine",
          { reactions: [{ emoji: "👍", by: ["chloe"] }] },
        ],
        ["ana", at(0, "10:05"), "@bo.of.the.pictures will you take the camera?", { mentions: ["bo"] }],
      ],
    ),
    ...chat(
      "bo",
      null,
      ["ana", "bo"],
      [["bo", at(0, "09:58"), "The tickets are in your letterbox, under the parcel for the neighbours upstairs"]],
    ),
    ...chat("chloe", null, ["chloe", "ana"], [["ana", at(1, "21:14"), "Sleep well, see you soon"]]),
    ...chat(
      "books",
      "Book circle",
      ["emil", "ana", "deniz"],
      [["emil", at(2, "16:30"), "Next one: *The Summer Book*. It is short, promise"]],
    ),
    ...chat(
      "rota",
      "Kitchen rota, second floor and the small room behind the stairs",
      ["deniz", "ana"],
      [["ana", at(4, "08:02"), "My week is done"]],
    ),
    ...chat("emil", null, ["emil", "ana"], [["emil", at(9, "11:47"), "", { unsentAt: at(9, "11:48") }]]),
    ...chat("choir", "Choir", ["emil", "ana"], [["emil", at(40, "19:00"), "No rehearsal in Easter week"]]),
    ...chat("boats", "Boats", ["bo", "ana"], [["bo", at(400, "12:30"), "Sold!"]]),
  ];
}

/** Brings it to a server, and signs its viewer in. */
export async function bringScene(url: string): Promise<HttpPerson> {
  const folder = mkdtempSync(join(tmpdir(), "parley-scene-"));
  const file = join(folder, "scene.ndjson");
  writeFileSync(
    file,
    linesOfScene()
      .map((line) => `${JSON.stringify(line)}\n`)
      .join(""),
  );
  const fail = (line: number, fault: string): never => {
    throw new Error(`line ${line} of the scene: ${fault}`);
  };
  const door = new OperatorDoor({
    server: url,
    secret: operatorSecret,
    source,
    giveUpMs: 30_000,
    say: () => undefined,
  });
  await new Importer({
    file,
    door,
    placeFile: undefined,
    skipsBad: false,
    isAgain: false,
    keepsClosed: false,
    onBad: fail,
  }).run();
  rmSync(folder, { recursive: true });
  const { body } = await ask<Session>(url, "POST", "/v1/sessions", {
    body: { handle: viewer.handle, password, device: { name: "Chrome on Linux", platform: "web" } },
  });
  const ana = new HttpPerson(url, password, body);
  const rows = await inboxOf(ana);
  const own = (title: string, change: object) => ana.must(200, "PATCH", `/v1/conversations/${rows(title)}/me`, change);
  await own(walk, { pinned: true });
  await own("Bo Okafor", { markedUnread: true });
  await own("Chloé Martin", { draft: "And bring the" });
  await own("Book circle", { mutedUntil: 8_640_000_000_000_000 });
  await own("Boats", { archived: true });
  const folders = [{ id: "water", name: "Water", conversationIds: [rows(walk)] }];
  await ana.must(200, "PATCH", "/v1/me", { settings: { folders } });
  return ana;
}

async function inboxOf(ana: HttpPerson): Promise<(title: string) => string> {
  const { conversations } = await ana.must<{ conversations: (Conversation & { conversationId: string })[] }>(
    200,
    "GET",
    "/v1/conversations",
  );
  return (title) => {
    const found = conversations.find((each) => each.title === title || each.peer?.name === title);
    if (found === undefined) throw new Error(`There is no chat ${title}`);
    return found.conversationId;
  };
}

/** From its next load on this page lives on the day of the scene, also where the server says the time. Its timers run. */
export async function liveInScene(page: Page): Promise<void> {
  await page.addInitScript((today) => {
    const Real = Date;
    globalThis.Date = new Proxy(Real, {
      construct: (target, given: [], made) => Reflect.construct(target, given.length === 0 ? [today] : given, made),
      get: (target, key) => (key === "now" ? () => today : Reflect.get(target, key)),
    });
    const parse = JSON.parse;
    JSON.parse = (text, reviver) => {
      const value: unknown = parse(text, reviver);
      if (typeof value === "object" && value !== null && "serverTime" in value) value.serverTime = today;
      return value;
    };
    Headers.prototype.get = function (this: Headers, name) {
      const wanted = name.toLowerCase();
      return wanted === "date" ? null : ([...this].find(([each]) => each === wanted)?.[1] ?? null);
    };
  }, now);
}
