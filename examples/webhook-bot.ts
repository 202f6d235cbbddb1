// A bridge from a webhook: what is posted becomes a message. With BRIDGE_TO (a handle) and BRIDGE_SECRET set, while `npm start` runs:
//   npx node examples/webhook-bot.ts
//   curl -H "authorization: Bearer $BRIDGE_SECRET" -d "Build 17 is green" localhost:8900
import { createHash, timingSafeEqual } from "node:crypto";
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import { text } from "node:stream/consumers";
import { ParleyError } from "../client/index.ts";
import { startBot } from "./bot.ts";

const { BRIDGE_TO = "", BRIDGE_SECRET = "", BRIDGE_PORT = "8900" } = process.env;
if (BRIDGE_SECRET.length < 16) throw new Error("BRIDGE_SECRET must have at least 16 characters");
const { bot } = await startBot("Webhook");
const conversation = await bot.openDm((await bot.getUserByHandle(BRIDGE_TO)).id);

const digest = (words: string) => createHash("sha256").update(words).digest();
const allowed = digest(`Bearer ${BRIDGE_SECRET}`);

async function answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
  try {
    if (!timingSafeEqual(digest(request.headers.authorization ?? ""), allowed))
      return void response.writeHead(401).end();
    // The caller's own key makes one message of a hook that is posted twice.
    const key = request.headers["idempotency-key"];
    const signal = AbortSignal.timeout(20_000);
    const ack = await conversation.send(await text(request), {
      signal,
      ...(typeof key === "string" ? { clientId: key } : {}),
    });
    response.writeHead(200, { "content-type": "application/json" }).end(JSON.stringify({ seq: ack.seq }));
  } catch (error) {
    const status = error instanceof ParleyError && error.status > 0 ? error.status : 503;
    response.writeHead(status).end();
  }
}

const server = createServer((request, response) => void answer(request, response));
server.listen(Number(BRIDGE_PORT), "127.0.0.1", () => {
  const address = server.address();
  console.log(`Listening on ${typeof address === "object" ? address?.port : BRIDGE_PORT}`);
});
