/** Owns the demo's people while it runs: each is a bot on the SDK that is online, writes now and then, reads, reacts, and answers who writes to it. */
import { setTimeout as sleep } from "node:timers/promises";
import {
  type Account,
  type AttachmentSource,
  type ConversationHandle,
  createParley,
  memoryStorage,
} from "../../client/index.ts";
import { paint } from "./paint.ts";
import { answers, type Chat, chats, live as script, newcomer, password, people } from "./story.ts";

const pauseMs = { least: 7_000, most: 20_000 };
const typingMs = 2_200;
const asked = `@${newcomer.handle} the plan is at https://example.org/plan, whenever you like`;
const emojis = ["👍", "❤️", "😂", "🎉"];

/** Signs the people in. They stay until `signal` aborts. */
export async function wakePeople(url: string, signal: AbortSignal): Promise<ReadonlyMap<string, Account>> {
  const awake = new Map<string, Account>();
  for (const { id, handle } of people) {
    const parley = createParley({ baseUrl: url, storage: memoryStorage(), device: { name: "Demo", platform: "bot" } });
    signal.addEventListener("abort", () => parley.close());
    const account = await parley.signIn({ handle, password });
    account.setForeground(true);
    await account.whenOnline();
    awake.set(id, account);
  }
  return awake;
}

/** What is done once, after the past is there: faces, contacts, and the photographs, which an import cannot bring. */
export async function settleIn(url: string, awake: ReadonlyMap<string, Account>): Promise<void> {
  const guest = createParley({ baseUrl: url, storage: memoryStorage(), device: { name: "Demo", platform: "bot" } });
  const robin = await guest.signIn({ handle: newcomer.handle, password });
  await robin.setAvatar(paint(7, 256, 256).file);
  for (const [n, [, account]] of [...awake].entries()) {
    await account.setAvatar(paint(n, 256, 256).file);
    await robin.addContact(account.userId);
    await account.addContact(robin.userId);
  }
  await robin.whenOnline();
  const dinner = chatsOf(robin).get("dinner");
  if (dinner !== undefined) {
    await robin.inbox.pin(dinner);
    const attachments = [11, 12, 13, 14].map(photograph);
    await awake.get("chen")?.conversation(dinner).send("A few from the week before", { attachments });
  }
  // An import counts no mentions, so one is written now.
  const office = chatsOf(robin).get("printer");
  if (office !== undefined)
    await awake
      .get("emil")
      ?.conversation(office)
      .send(asked, { mentions: [robin.userId] });
  await robin.signOut();
  guest.close();
}

/** Lives until `signal` aborts. */
export async function live(awake: ReadonlyMap<string, Account>, signal: AbortSignal): Promise<void> {
  for (const account of awake.values()) listen(account, signal);
  for (let n = 0; !signal.aborted; n++) {
    // They say the same again, each time more slowly: a demo that was left alone is not full of it.
    const slower = 4 ** Math.min(4, Math.floor(n / script.length));
    await rest(slower * (pauseMs.least + Math.random() * (pauseMs.most - pauseMs.least)), signal);
    const [chat, who, text] = script[n % script.length] ?? ["", "", ""];
    const account = awake.get(who);
    const id = account === undefined ? undefined : chatsOf(account).get(chat);
    if (account === undefined || id === undefined || signal.aborted) continue;
    await write(account.conversation(id), text, signal, text.includes("photographs") ? [photograph(20 + n)] : []);
  }
}

/** Reads what comes, reacts to some of it, and answers who writes to this account alone. */
function listen(account: Account, signal: AbortSignal): void {
  let answered = 0;
  account.onMessage(
    async ({ conversation, message, isOwn }) => {
      if (isOwn || message.unsentAt !== null) return;
      await rest(800 + Math.random() * 2_500, signal);
      if (signal.aborted) return;
      conversation.markRead(message.seq);
      if (Math.random() < 0.2) await conversation.react(message.seq, emojis[message.seq % emojis.length] ?? "👍", true);
      if (conversation.summary.getSnapshot()?.kind !== "dm") return;
      await write(conversation, answers[answered++ % answers.length] ?? "👍", signal);
    },
    { signal, onError: () => undefined },
  );
}

async function write(
  conversation: ConversationHandle,
  text: string,
  signal: AbortSignal,
  attachments: readonly AttachmentSource[] = [],
): Promise<void> {
  conversation.notifyTyping();
  await rest(typingMs, signal);
  if (signal.aborted) return;
  // The server may be away for a moment, or stopping. Then the text is lost, and somebody else goes on.
  await conversation.send(text, { attachments: [...attachments] }).catch(() => undefined);
}

function photograph(n: number): AttachmentSource {
  const { file, ...facts } = paint(n, 960, 640);
  return { file, name: `sunday-${n}.png`, ...facts };
}

/** The chats of the story that an account is in, by their names there. */
function chatsOf(account: Account): ReadonlyMap<string, string> {
  const rows = account.inbox.getSnapshot().conversations;
  const own = [newcomer, ...people].find(({ handle }) => handle === account.user.getSnapshot().handle)?.id ?? "";
  const idOf = ({ kind, title, members }: Chat): string | undefined => {
    const other = members.find((id) => id !== own);
    const handle = [newcomer, ...people].find(({ id }) => id === other)?.handle;
    const row = rows.find((each) => (kind === "group" ? each.title === title : each.peer?.handle === handle));
    return row?.conversationId;
  };
  return new Map(
    chats.flatMap((chat) => {
      const id = chat.members.includes(own) ? idOf(chat) : undefined;
      return id === undefined ? [] : [[chat.id, id] as const];
    }),
  );
}

async function rest(ms: number, signal: AbortSignal): Promise<void> {
  await sleep(ms, undefined, { signal }).catch(() => undefined);
}
