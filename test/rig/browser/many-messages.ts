/** A program that is signed in as the person of a page and sends many messages in little time. */
import type { Session } from "../../../schema/http/account/accounts.ts";
import { ask, HttpPerson } from "../server/http.ts";
import { password, type WebPerson } from "./web-person.ts";

/** A second device of a person, without a page. */
export async function programOf(url: string, person: Pick<WebPerson, "handle">): Promise<HttpPerson> {
  const answer = await ask<Session>(url, "POST", "/v1/sessions", { body: { handle: person.handle, password } });
  return new HttpPerson(url, password, answer.body);
}

/** The id of the conversation that is open on the page. */
export function openIdOf(person: WebPerson): string {
  return /#.*\/c\/([^/]+)/.exec(person.page.url())?.[1] ?? "";
}

const lineOf = (n: number): string => `line ${n} ${"word ".repeat(n % 9)}`;

/** Sends `line 1` to `line <count>`, or other texts, by a live socket, a hundred in a frame. */
export async function sendMany(
  { base, token }: HttpPerson,
  conversationId: string,
  count: number,
  textOf: (n: number) => string = lineOf,
): Promise<void> {
  const address = `${base.replace("http", "ws")}/v1/conversations/${conversationId}/live`;
  const socket = new WebSocket(address, ["parley.v1", `bearer.${token}`]);
  let acked = 0;
  await new Promise<void>((resolve, reject) => {
    const say = (from: number) => {
      const frames = Array.from({ length: Math.min(100, count - from) }, (_, i) => {
        const n = from + i + 1;
        return { type: "send", ref: `${n}`, clientId: `many-${n}`, text: textOf(n) };
      });
      socket.send(JSON.stringify(frames));
    };
    socket.addEventListener("open", () => say(0));
    socket.addEventListener("close", ({ code }) => reject(new Error(`closed with ${code} after ${acked}`)));
    socket.addEventListener("message", ({ data }) => {
      const heard: unknown = JSON.parse(String(data));
      for (const frame of Array.isArray(heard) ? heard : [heard]) {
        if (frame.type === "error") reject(new Error(frame.detail));
        if (frame.type !== "ok") continue;
        acked++;
        if (acked === count) resolve();
        else if (acked % 100 === 0) say(acked);
      }
    });
  });
  socket.close();
}
