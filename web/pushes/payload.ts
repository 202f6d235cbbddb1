/** Owns what a push says, as the server sends it, and the names that its notification has in the browser. */

/** The message, or the messages up to it, that a notification shows. */
export interface Place {
  readonly userId: string;
  readonly conversationId: string;
  readonly seq: number;
}

export interface PushPayload extends Place {
  /** `summary`: several messages of a busy group, of which this is the latest. */
  readonly kind: "message" | "summary";
  readonly title: string;
  /** Empty where the user wants neither texts nor names to be shown. */
  readonly body: string;
  /** Unread messages of the account. */
  readonly badge: number;
  readonly at: number;
}

/** Reads a push; undefined where it is none that this version knows. */
export function readPayload(text: string): PushPayload | undefined {
  const { type, userId, conversationId, seq, title, body, badge, at } = fieldsOf(parsed(text));
  if (type !== "message" && type !== "summary") return undefined;
  const place = readPlace({ userId, conversationId, seq });
  if (place === undefined || typeof title !== "string") return undefined;
  return {
    ...place,
    kind: type,
    title,
    body: typeof body === "string" ? body : "",
    badge: typeof badge === "number" && badge >= 0 ? badge : 0,
    at: typeof at === "number" ? at : Date.now(),
  };
}

/** Reads the place that a notification or a message of the service worker names. */
export function readPlace(value: unknown): Place | undefined {
  const { userId, conversationId, seq } = fieldsOf(value);
  if (typeof userId !== "string" || typeof conversationId !== "string" || typeof seq !== "number") return undefined;
  return { userId, conversationId, seq };
}

/** A notification in place of which a later one with the same tag is shown: a push that comes twice, or a newer summary. */
export function tagOf({ userId, conversationId, seq, kind }: Pick<PushPayload, keyof Place | "kind">): string {
  return `${userId}/${conversationId}/${kind === "summary" ? "summary" : seq}`;
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

function fieldsOf(value: unknown): Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null ? { ...value } : {};
}
