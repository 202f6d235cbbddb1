/** Owns the messages that the tabs of a browser post to each other about an account's link, and the door that parses them. */
import { z } from "zod";

/**
 * Names the shapes of all that goes from tab to tab, those of the server's frames included. Tabs that differ in it, before and after an update, share
 * no link. A test says when it must change, and into what.
 */
export const tabsVersion = "EVDHSlfRlhA4";

const socketAsk = z.discriminatedUnion("kind", [
  z.object({ kind: z.literal("sync"), since: z.int().optional(), epoch: z.string().optional() }),
  z.object({
    kind: z.literal("live"),
    conversationId: z.string(),
    rev: z.int(),
    epoch: z.string().optional(),
  }),
]);
/** The socket that is asked for, and where it is to go on. */
export type SocketAsk = z.infer<typeof socketAsk>;

const ports = z.array(z.string());
const port = z.string();
/** Counts the messages of a leading tab: if a number is left out, a message was lost. */
const n = z.int();

/** To the tab that leads. A port is the end of one socket in the tab that asked for it. */
export const toLeader = z.discriminatedUnion("kind", [
  z.object({ kind: z.literal("open"), port, ask: socketAsk, deviceId: z.string() }),
  /** `text`: a text frame for the server, other than a ping. */
  z.object({ kind: z.literal("say"), port, text: z.string() }),
  z.object({ kind: z.literal("ping"), port }),
  z.object({ kind: z.literal("close"), ports }),
]);
export type ToLeader = z.infer<typeof toLeader>;

export const fromLeader = z.discriminatedUnion("kind", [
  /** This tab leads from now on. */
  z.object({ kind: z.literal("lead") }),
  /** A sign of life. `hiddenMs`: for how long nobody has looked at this tab. */
  z.object({ kind: z.literal("here"), hiddenMs: z.number() }),
  /** `text`: a text frame as the server sends it. */
  z.object({ kind: z.literal("text"), n, ports, text: z.string() }),
  z.object({ kind: z.literal("closed"), n, ports, code: z.int() }),
  /** Sockets that could not be opened can be opened now. */
  z.object({ kind: z.literal("up") }),
  /** This tab leads for another device, or speaks another version. */
  z.object({ kind: z.literal("foreign") }),
  /** This tab leads no longer. */
  z.object({ kind: z.literal("bye") }),
]);
export type FromLeader = z.infer<typeof fromLeader>;

/** What every version of this program can read of every other one. */
const envelope = z.object({ v: z.string(), from: z.string(), to: z.string().optional(), kind: z.string() });

export type ReadTabMessage =
  | { readonly as: "ask"; readonly from: string; readonly message: ToLeader }
  | { readonly as: "order"; readonly from: string; readonly message: FromLeader }
  /** From a tab of another version. */
  | { readonly as: "stranger"; readonly from: string; readonly kind: string };

/** The message of another tab to `me`, or to all; undefined where it is for another tab, or not understood. */
export function readTabMessage(message: unknown, me: string): ReadTabMessage | undefined {
  const head = envelope.safeParse(message).data;
  if (head === undefined || head.from === me || (head.to !== undefined && head.to !== me)) return undefined;
  const { from, kind } = head;
  if (head.v !== tabsVersion) return { as: "stranger", from, kind };
  const ask = toLeader.safeParse(message);
  if (ask.success) return { as: "ask", from, message: ask.data };
  const order = fromLeader.safeParse(message);
  return order.success ? { as: "order", from, message: order.data } : undefined;
}
