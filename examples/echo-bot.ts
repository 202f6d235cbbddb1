// A bot that says everything back: node examples/echo-bot.ts, while `npm start` runs. PARLEY_URL, BOT_HANDLE and BOT_PASSWORD say where and who.
import { createParley, ParleyError } from "../client/index.ts";

const parley = createParley({ baseUrl: process.env["PARLEY_URL"] ?? "http://localhost:8787" });
const credentials = {
  handle: process.env["BOT_HANDLE"] ?? "echo",
  password: process.env["BOT_PASSWORD"] ?? "say it all again",
};

const bot = await parley.signIn(credentials).catch((error: unknown) => {
  if (error instanceof ParleyError && error.code === "unauthenticated")
    return parley.signUp({ ...credentials, name: "Echo" });
  throw error;
});

bot.onMessage(({ conversation, message, isOwn }) => {
  if (isOwn || conversation.summary.getSnapshot()?.kind !== "dm") return;
  conversation.markRead(message.seq);
  // Kept and repeated until it is stored; a refusal (a block, for example) needs no care here.
  conversation.send(message.text, { replyTo: message.seq }).catch(() => undefined);
});

process.stdout.write(`Write to @${credentials.handle}\n`);
