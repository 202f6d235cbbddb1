/** Owns what the demo's people are called and what they wrote before the newcomer came: each chat as lines of a script, so that it reads as a chat does. */

export interface Person {
  readonly id: string;
  readonly handle: string;
  readonly name: string;
  readonly bio: string;
}

/** Whom the newcomer signs in as. */
export const newcomer: Person = { id: "robin", handle: "robin", name: "Robin Hale", bio: "Here to look around." };

/** Everybody's, for nobody is meant to be kept out. */
export const password = "welcome to parley";

/** Those who live in the demo, each as a bot on the SDK. */
export const people: readonly Person[] = [
  { id: "ana", handle: "ana.lima", name: "Ana Lima", bio: "Cooks for twelve, invites eight." },
  { id: "bo", handle: "bo.berg", name: "Bo Berg", bio: "Trains, maps, timetables." },
  { id: "chen", handle: "chen.wei", name: "陈薇", bio: "摄影 · Photographs of rain" },
  { id: "dalia", handle: "dalia.n", name: "داليا ناصر", bio: "Writes from right to left." },
  { id: "emil", handle: "emil", name: "Emil Costa", bio: "The one who fixes the printer." },
];

/** Readers of the large group, who never write. */
export const readers: readonly Person[] = (() => {
  const first = "Ida Jon Kim Lea Max Nia Ola Pia Rex Sam Tea Uma".split(" ");
  const last = "Abel Brook Cole Dahl Ek Frost Gray Holt Ivers".split(" ");
  return first.flatMap((name) =>
    last.map((family) => {
      const id = `${name}.${family}`.toLowerCase();
      return { id, handle: `r.${id}`, name: `${name} ${family}`, bio: "" };
    }),
  );
})();

export interface Chat {
  readonly id: string;
  readonly kind: "dm" | "group";
  readonly title?: string;
  readonly members: readonly string[];
  /**
   * "5 18:02 bo: text": five days ago, at 18:02 of UTC. Without a day and time: two minutes after the line above. "<< 3" answers the third line of this chat; "+👍 ana,bo" are
   * reactions; "@name" of a person is a mention.
   */
  readonly lines: readonly string[];
}

export const chats: readonly Chat[] = [
  {
    id: "dinner",
    kind: "group",
    title: "Sunday dinner 🍝",
    members: ["ana", "bo", "chen", "dalia", "emil", "robin"],
    lines: [
      "6 17:40 ana: Who is in on Sunday? I have *far* too many tomatoes.",
      "bo: Me. The 16:12 gets me there at 17:05, the 16:42 at 17:51 because of the bridge.",
      "dalia: أنا! سأحضر السلطة 🥗 +❤️ ana,robin",
      "emil: In. Do you need chairs? I have four that fold and one that folds by itself. +😂 bo,chen,ana",
      "chen: 我带甜点 — mango pudding, the good one",
      "robin: I bring bread and an appetite",
      "ana: << 4 The four please. Not the one.",
      "5 08:15 bo: Small change: no 16:12 on Sundays. So 16:42. Do not wait with the soup.",
      "ana: The soup waits for nobody ~and neither do I~",
      "4 19:20 ana: Shopping list, take what you like:\n- basil\n- two lemons\n- candles, not the scented ones\n- ice",
      "emil: Ice and candles are mine +👍 ana",
      "robin: Lemons!",
      "1 21:48 chen: That was lovely. Photographs tomorrow, I was mostly eating",
      "dalia: شكرًا يا @ana على كل شيء 🌹 +❤️ ana,bo,chen,emil",
      "bo: The 22:10 was on time, for the record +🎉 emil,ana",
    ],
  },
  {
    id: "printer",
    kind: "group",
    title: "Office",
    members: ["emil", "ana", "bo", "robin"],
    lines: [
      "3 09:02 ana: The printer says PC LOAD LETTER",
      "emil: It wants paper, not a letter. Tray two.",
      "ana: It wants a priest +😂 bo,robin",
      "2 14:30 emil: For the minutes: it was out of paper. From now on\n```\nlpq -P second-floor\n```\nsays so before you walk there.",
      "bo: << 4 Pinned to my door, with a map",
      "0 07:55 emil: @robin can you look at the `README` today? Two lines, I promise.",
    ],
  },
  {
    id: "square",
    kind: "group",
    title: "Town square",
    members: ["bo", "ana", "chen", "dalia", "emil", "robin", ...readers.map(({ id }) => id)],
    lines: [
      "9 10:00 bo: Welcome to the town square. More than a hundred people read here, so it is pulled and not pushed: you pay for who looks, not for who belongs.",
      "7 12:30 chen: The market moves to the north side on Saturday +👍 ana,emil,dalia",
      "2 16:10 dalia: السوق مفتوح حتى الثامنة 🌙",
      "1 11:45 ana: Lost: one grey cat, answers to nobody +😢 bo,emil",
      "0 06:30 ana: Found! She was in the bakery. Of course. +🎉 bo,chen,dalia,emil",
    ],
  },
  {
    id: "ana-robin",
    kind: "dm",
    members: ["ana", "robin"],
    lines: [
      "8 18:00 ana: Hi Robin! So this is where you are now.",
      "robin: Just arrived. What does one do here?",
      "ana: Write to people. Hold a message to react, swipe it to answer, search finds *everything*. +❤️ robin",
      "1 22:20 ana: Did you get home all right?",
      "robin: Yes, with leftovers. Thank you!",
      "0 07:10 ana: I have a plan for next Sunday. It involves _dumplings_.",
    ],
  },
  {
    id: "bo-robin",
    kind: "dm",
    members: ["bo", "robin"],
    lines: [
      "3 20:04 robin: Is there still a night train to the coast?",
      "bo: 23:36 from platform 4, on Fridays. The dining car closes at one. Take the left side, for the sunrise.",
      "robin: You are a timetable",
      "bo: > Happiness is a connection of six minutes\n\nMy grandmother said that. Or the conductor. +😂 robin",
    ],
  },
  {
    id: "chen-robin",
    kind: "dm",
    members: ["chen", "robin"],
    lines: [
      "2 13:00 chen: 下雨了！ Perfect light. I am going out.",
      "robin: Take an umbrella this time",
      "chen: Never +😂 robin",
    ],
  },
  {
    id: "dalia-robin",
    kind: "dm",
    members: ["dalia", "robin"],
    lines: [
      "4 09:30 dalia: مرحبا روبن، هل قرأت الفصل الأول؟",
      "robin: Slowly, with a dictionary. I like the lighthouse.",
      "dalia: المنارة هي البطلة الحقيقية 😄 +❤️ robin",
    ],
  },
];

/** What the people write while the demo runs, in this order and then again: [chat, person, text]. */
export const live: readonly (readonly [string, string, string])[] = [
  ["dinner", "chen", "Here they are, the photographs from Sunday"],
  ["dinner", "ana", "Oh, the light!"],
  ["printer", "emil", "The printer is fine. I repeat: the printer is _fine_."],
  ["dinner", "bo", "Next time I take the 16:42 on purpose"],
  ["square", "dalia", "صباح الخير جميعًا ☀️"],
  ["printer", "ana", "It hums. Should it hum?"],
  ["printer", "emil", "It is happy."],
  ["dinner", "dalia", "من يحضر الشاي في المرة القادمة؟ 🍵"],
  ["dinner", "emil", "Me. And the chair, I have taught it manners."],
  ["ana-robin", "ana", "Are you around later?"],
  ["square", "bo", "The bridge opens at 14:20 for the tall ships, in case anybody is in a hurry"],
  ["dinner", "chen", "I vote for dumplings 🥟"],
];

/** What somebody answers who is written to. */
export const answers: readonly string[] = [
  "Good question. Let me think.",
  "Ha! I was about to write the same.",
  "Tell me more 🙂",
  "That reminds me of last Sunday.",
  "Done. Or nearly.",
  "I am on the train, but yes.",
  "👍",
];
