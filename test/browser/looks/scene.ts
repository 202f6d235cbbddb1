/** Owns what the committed pictures show: people, chats and words that never change, on a day that never ends. All letters of this one are in the font that we serve. */
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
  { id: "bo", handle: "bo.of.the.pictures", name: "Bo Okafor" },
  { id: "chloe", handle: "chloe.of.the.pictures", name: "Chloé Martin" },
  { id: "deniz", handle: "deniz.of.the.pictures", name: "Deniz Aydın" },
  { id: "emil", handle: "emil.of.the.pictures", name: "Emil Costa-Ferreira" },
];

/** A Wednesday at noon. */
export const now = Date.UTC(2024, 4, 15, 12);
export const at = (daysAgo: number, clock: string): number => {
  const [hours = 0, minutes = 0] = clock.split(":").map(Number);
  return Date.UTC(2024, 4, 15 - daysAgo, hours, minutes);
};

interface Person {
  readonly id: string;
  readonly handle: string;
  readonly name: string;
  readonly bio?: string;
}

export interface Scene {
  readonly viewer: Person;
  readonly people: readonly Person[];
  /** Lines of an import. */
  readonly chats: readonly object[];
  /** The title of the group that is looked into, the beginning of an own message in it, and somebody else who wrote there. */
  readonly words: { readonly walk: string; readonly own: string; readonly other: string };
  /** Titles of chats, and the name of a folder. */
  readonly states: {
    readonly unread: string;
    readonly draft: readonly [title: string, text: string];
    readonly muted: string;
    readonly archived: string;
    readonly folder: string;
  };
}

/** Who, when, what. */
type Said = readonly [sender: string, at: number, text: string, more?: Record<string, unknown>];

export function chat(id: string, title: string | null, members: readonly string[], said: readonly Said[]): object[] {
  const head = { type: "conversation", id, members, createdAt: (said[0]?.[1] ?? now) - 60_000 };
  return [
    title === null ? { ...head, kind: "dm" } : { ...head, kind: "group", title },
    ...said.map(([sender, when, text, more], index) => {
      const line = { type: "message", conversation: id, id: String(index + 1), sender, at: when };
      return { ...line, ...(text === "" ? {} : { text }), ...more };
    }),
  ];
}

const walk = "Harbour walk";

export const scene: Scene = {
  viewer,
  people,
  chats: [
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
  ],
  words: { walk, own: "Count me in", other: "Deniz" },
  states: {
    unread: "Bo Okafor",
    draft: ["Chloé Martin", "And bring the"],
    muted: "Book circle",
    archived: "Boats",
    folder: "Water",
  },
};

/** Brings one to a server, and signs its viewer in. */
export async function bringScene(
  url: string,
  { viewer: who, people: others, chats, words, states }: Scene,
): Promise<HttpPerson> {
  const folder = mkdtempSync(join(tmpdir(), "parley-scene-"));
  const file = join(folder, "scene.ndjson");
  writeFileSync(
    file,
    [{ type: "person", ...who, password }, ...others.map((person) => ({ type: "person", ...person })), ...chats]
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
    body: { handle: who.handle, password, device: { name: "Chrome on Linux", platform: "web" } },
  });
  const program = new HttpPerson(url, password, body);
  const rows = await inboxOf(program);
  const own = (title: string, change: object) =>
    program.must(200, "PATCH", `/v1/conversations/${rows(title)}/me`, change);
  const [drafted, draft] = states.draft;
  await own(words.walk, { pinned: true });
  await own(states.unread, { markedUnread: true });
  await own(drafted, { draft });
  await own(states.muted, { mutedUntil: 8_640_000_000_000_000 });
  await own(states.archived, { archived: true });
  const folders = [{ id: "water", name: states.folder, conversationIds: [rows(words.walk)] }];
  await program.must(200, "PATCH", "/v1/me", { settings: { folders } });
  return program;
}

async function inboxOf(program: HttpPerson): Promise<(title: string) => string> {
  const { conversations } = await program.must<{ conversations: (Conversation & { conversationId: string })[] }>(
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
