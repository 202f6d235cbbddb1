// A bot that reminds: npx node examples/reminder-bot.ts, while `npm start` runs. Write "in 10 m tea" to @reminder. Reminders outlive the bot.
import { startBot } from "./bot.ts";

const { bot, storage } = await startBot("Reminder");
const unitMs = new Map([["s", 1_000], ["m", 60_000], ["h", 3_600_000]]); // prettier-ignore
const timerMsMax = 2 ** 31 - 1;

type Reminder = { conversationId: string; seq: number; text: string; dueAt: number };
const keyOf = ({ conversationId, seq }: Reminder) => `reminder/${conversationId}/${seq}`;

bot.onMessage(async ({ conversation, message, isOwn }) => {
  const [, count, unit = "", text] = /^in (\d{1,4}) ?([smh]) (.+)$/s.exec(message.text) ?? [];
  if (isOwn || text === undefined) return;
  const dueAt = message.sentAt + Number(count) * (unitMs.get(unit) ?? 0);
  const reminder = { conversationId: conversation.id, seq: message.seq, text, dueAt };
  // Before the listener is done: from then on the bot does not receive this message again.
  await storage.write({ puts: [[keyOf(reminder), reminder]] });
  await conversation.react(message.seq, "⏰", true);
  wait(reminder);
});

/** Waits for the moment by the server's clock, in which the times of messages are. */
function wait(reminder: Reminder): void {
  const ms = reminder.dueAt - bot.presence.now();
  if (ms > 0) setTimeout(() => wait(reminder), Math.min(ms, timerMsMax));
  else void remind(reminder).catch(console.error);
}

async function remind(reminder: Reminder): Promise<void> {
  const { conversationId, seq, text } = reminder;
  await bot.conversation(conversationId).send(text, { replyTo: seq, clientId: `reminder-${seq}` });
  await storage.write({ deletes: [keyOf(reminder)] });
}

await bot.whenOnline();
for (const [, stored] of await storage.list({ from: "reminder/", to: "reminder0" })) wait(stored as Reminder);
console.log(`Write "in 10 m tea" to @${bot.user.getSnapshot().handle}`);
