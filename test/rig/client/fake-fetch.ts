/** HTTP without a network: the test answers each request, at once by a function or later by hand. */
import { problemOf, refuse, type ErrorCode } from "../../../schema/errors.ts";
import type { Fetch } from "../../../client/index.ts";

export interface Asked {
  readonly method: string;
  readonly path: string;
  readonly query: URLSearchParams;
  readonly token: string | undefined;
  readonly body: unknown;
  /** A body that is bytes. */
  readonly bytes: Blob | undefined;
}

export type Answer = { readonly status: number; readonly body?: unknown };

export class FakeServer {
  readonly asked: Asked[] = [];
  /** Answers a request, or is silent, as without a network. */
  answer: (asked: Asked) => Answer | "silence" | Promise<Answer | "silence">;
  /** The server's clock, where answers say their `Date`. */
  now: (() => number) | undefined;

  constructor(answer: FakeServer["answer"]) {
    this.answer = answer;
  }

  readonly fetch: Fetch = async (url, init) => {
    const { pathname, searchParams } = new URL(url);
    const headers = new Headers(init.headers);
    const asked: Asked = {
      method: init.method ?? "GET",
      path: decodeURIComponent(pathname),
      query: searchParams,
      token: headers.get("authorization")?.replace(/^Bearer /, ""),
      body: typeof init.body === "string" ? JSON.parse(init.body) : undefined,
      bytes: init.body instanceof Blob ? init.body : undefined,
    };
    this.asked.push(asked);
    const answer = await this.answer(asked);
    if (answer === "silence") throw new TypeError("fetch failed");
    const hasBody = answer.status !== 204;
    return new Response(hasBody ? JSON.stringify(answer.body) : null, {
      status: answer.status,
      headers: {
        "content-type": "application/json",
        ...(this.now === undefined ? {} : { date: new Date(this.now()).toUTCString() }),
      },
    });
  };
}

export function refused(code: ErrorCode, detail = code, retryAfterMs?: number): Answer {
  const problem = problemOf(refuse(code, detail, retryAfterMs).refusal);
  return { status: problem.status, body: problem };
}
