// A bot that says everything back: npx node examples/echo-bot.ts, while `npm start` runs. Write to @echo.
import { startBot } from "./bot.ts";

const { bot } = await startBot("Echo");

bot.onMessage(async ({ conversation, message, isOwn }) => {
  if (isOwn || message.unsentAt !== null || conversation.summary.getSnapshot()?.kind !== "dm") return;
  conversation.markRead(message.seq);
  // A message may come twice, after a crash. The clientId makes one answer of it, for it is the same both times.
  await conversation.send(message.text, { replyTo: message.seq, clientId: `echo-${message.seq}` });
});

await bot.whenOnline();
console.log(`Write to @${bot.user.getSnapshot().handle}`);
