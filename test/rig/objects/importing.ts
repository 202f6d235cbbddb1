/** Imports for tests in workerd, through the operator's door. */
import { env } from "cloudflare:workers";
import type { ConversationId, UserId } from "../../../schema/ids.ts";
import { makeApi } from "../../../workers/api/api.ts";

const operatorSecret = "an operator's secret of many letters";
export const dayMs = 86_400_000;
/** When the imported conversations begin. */
export const begin = Date.UTC(2020, 0, 1);

const api = makeApi();

export type Answer = { status: number; body: Record<string, unknown> & { code?: string } };
export type Done = { stored: number; known: number; faults: { index: number; detail: string }[] };

export async function post(batch: object, given = operatorSecret, of = operatorSecret): Promise<Answer> {
  const response = await api.request(
    "/v1/operator/import",
    {
      method: "POST",
      headers: { "content-type": "application/json", authorization: `Bearer ${given}` },
      body: JSON.stringify(batch),
    },
    { ...env, OPERATOR_SECRET: of },
  );
  return { status: response.status, body: await response.json() };
}

export async function must<T = Done>(batch: object): Promise<T> {
  const { status, body } = await post(batch);
  if (status !== 200) throw new Error(JSON.stringify(body));
  return body as T;
}

/** An import of one source: each test has its own. */
export class TestImport {
  readonly source: string;

  constructor(source: string) {
    this.source = source;
  }

  async people(...ids: string[]): Promise<UserId[]> {
    const people = ids.map((id) => ({ id, handle: `${this.source}.${id}`, name: `Name of ${id}`, createdAt: begin }));
    const answer = await must<{ userIds: UserId[] }>({ do: "people", source: this.source, people });
    return answer.userIds;
  }

  async conversation(
    members: string[] = ["ana", "bo"],
    kind: "dm" | "group" = "group",
    id = "c",
  ): Promise<ConversationId> {
    const conversation = { id, kind, createdAt: begin, members, ...(kind === "group" ? { title: "Old times" } : {}) };
    const answer = await must<{ conversationId: ConversationId }>({
      do: "conversation",
      source: this.source,
      conversation,
    });
    return answer.conversationId;
  }

  history(conversationId: ConversationId, lines: object[], skipsFaults = false): Promise<Answer> {
    return post({ do: "history", source: this.source, conversationId, lines, skipsFaults });
  }

  async bring(conversationId: ConversationId, lines: object[], skipsFaults = false): Promise<Done> {
    const { status, body } = await this.history(conversationId, lines, skipsFaults);
    if (status !== 200) throw new Error(JSON.stringify(body));
    return body as unknown as Done;
  }

  async open(conversationId: ConversationId): Promise<void> {
    await must({ do: "open", source: this.source, conversationId });
  }
}

/** Message `n`: by ana where `n` is even, else by bo, `n` seconds after the beginning. */
export function message(n: number, more: object = {}): object {
  const sender = n % 2 === 0 ? "ana" : "bo";
  return { type: "message", id: `m${n}`, sender, at: begin + n * 1_000, text: `text ${n}`, ...more };
}

export function messages(from: number, to: number): object[] {
  return Array.from({ length: to - from + 1 }, (_, index) => message(from + index));
}
