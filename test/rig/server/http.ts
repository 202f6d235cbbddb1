/** People who use a server over HTTP, for tests from outside. */
import type { Session } from "../../../schema/http/account/accounts.ts";
import type { Conversation } from "../../../schema/wire/conversation.ts";
import type { Ack } from "../../../schema/wire/message.ts";

/** An answer that was read. `body`: its JSON, or null. */
export type Answer<T = Record<string, unknown>> = { status: number; headers: Headers; body: T; text: string };

export type Asked = { body?: unknown; token?: string; headers?: Record<string, string>; rawBody?: BodyInit };

let made = 0;

/** Asks, and reads the answer. All tests from outside use this, so each of them checks the 10 s of the contract. */
export async function ask<T = Record<string, unknown>>(
  base: string,
  method: string,
  path: string,
  { body, token, headers = {}, rawBody }: Asked = {},
): Promise<Answer<T>> {
  const response = await fetch(base + path, {
    method,
    headers: {
      ...(body === undefined ? {} : { "content-type": "application/json" }),
      ...(token === undefined ? {} : { authorization: `Bearer ${token}` }),
      ...headers,
    },
    body: rawBody ?? (body === undefined ? null : JSON.stringify(body)),
    redirect: "manual",
    signal: AbortSignal.timeout(30_000),
  });
  const text = await response.text();
  const isJson = /[/+]json/.test(response.headers.get("content-type") ?? "") && text !== "";
  return { status: response.status, headers: response.headers, text, body: isJson ? JSON.parse(text) : null };
}

export class HttpPerson {
  readonly base: string;
  readonly password: string;
  session: Session;

  constructor(base: string, password: string, session: Session) {
    this.base = base;
    this.password = password;
    this.session = session;
  }

  get id(): string {
    return this.session.user.id;
  }

  get handle(): string {
    return this.session.user.handle ?? "";
  }

  get token(): string {
    return this.session.accessToken;
  }

  ask<T = Record<string, unknown>>(method: string, path: string, body?: unknown): Promise<Answer<T>> {
    return ask<T>(this.base, method, path, { token: this.token, ...(body === undefined ? {} : { body }) });
  }

  /** The same; any other status is an error. */
  async must<T = Record<string, unknown>>(status: number, method: string, path: string, body?: unknown): Promise<T> {
    const answer = await this.ask<T>(method, path, body);
    if (answer.status !== status) throw new Error(`${method} ${path}: ${answer.status} ${answer.text}`);
    return answer.body;
  }

  async dm(other: HttpPerson): Promise<string> {
    return (await this.must<Conversation>(201, "PUT", `/v1/dms/${other.id}`)).id;
  }

  async group(others: HttpPerson[], more: Record<string, unknown> = {}): Promise<string> {
    const draft = { title: "Group", memberIds: others.map((other) => other.id), ...more };
    return (await this.must<Conversation>(201, "POST", "/v1/conversations", draft)).id;
  }

  send(conversation: string, text: string, more: Record<string, unknown> = {}): Promise<Ack> {
    const draft = { clientId: crypto.randomUUID(), text, ...more };
    return this.must<Ack>(201, "POST", `/v1/conversations/${conversation}/messages`, draft);
  }
}

/** Signs up a new person. */
export async function signUp(base: string, name = "p"): Promise<HttpPerson> {
  made++;
  const password = `a good password ${made}`;
  const handle = `${name}${made}.${Math.random().toString(36).slice(2, 8)}x`;
  const answer = await ask<Session>(base, "POST", "/v1/accounts", { body: { handle, password, name } });
  if (answer.status !== 201) throw new Error(`sign-up: ${answer.status} ${answer.text}`);
  return new HttpPerson(base, password, answer.body);
}
