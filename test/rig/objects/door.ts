/** The gateway's API inside workerd, called as signed-up people: for tests of decisions that need several objects. */
import { env } from "cloudflare:workers";
import type { Env } from "../../../objects/shared/platform/env.ts";
import { makeApi } from "../../../workers/api/api.ts";
import { now } from "../../../objects/shared/platform/clock.ts";
import { personOf, signIn, signUp, type TestAccount, valueOf } from "./accounts.ts";
import type { TestPerson } from "./people.ts";

const api = makeApi();
const context = { waitUntil: () => {}, passThroughOnException: () => {}, props: {} } as unknown as ExecutionContext;

export type Answered<T = Record<string, unknown>> = { status: number; body: T };

/** Somebody who has signed up, as both their own object and conversations know them. */
export type Caller = TestAccount & TestPerson;

export async function caller(name: string): Promise<Caller> {
  const account = await signUp(name);
  const person = await personOf(account);
  return Object.defineProperties({ ...person }, Object.getOwnPropertyDescriptors(account)) as Caller;
}

/** Asks the API. `bindings` replace those of the gateway alone; objects keep theirs. */
export async function ask<T = Record<string, unknown>>(
  by: TestAccount,
  method: string,
  path: string,
  body?: unknown,
  bindings: Partial<Env> = {},
): Promise<Answered<T>> {
  const request = new Request(`https://parley.test/v1${path}`, {
    method,
    headers: { authorization: `Bearer ${by.session.accessToken}`, "content-type": "application/json" },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  });
  const response = await api.fetch(request, { ...env, ...bindings }, context);
  const text = await response.text();
  return { status: response.status, body: text === "" ? null : JSON.parse(text) };
}

/** A request as it is, such as of an address that needs no authorization. */
export async function fetchOf(request: Request, bindings: Partial<Env> = {}): Promise<Response> {
  return await api.fetch(request, { ...env, ...bindings }, context);
}

/**
 * The same, where any other status is an error. Tests wind the clock, on a busy machine further than they know: where the access token has ended meanwhile, the
 * caller signs in anew.
 */
export async function must<T = Record<string, unknown>>(
  status: number,
  by: TestAccount,
  method: string,
  path: string,
  body?: unknown,
  bindings: Partial<Env> = {},
): Promise<T> {
  if (status !== 401 && by.session.accessTokenExpiresAt <= now()) by.session = valueOf(await signIn(by));
  const answer = await ask<T>(by, method, path, body, bindings);
  if (answer.status !== status) throw new Error(`${method} ${path}: ${answer.status} ${JSON.stringify(answer.body)}`);
  return answer.body;
}
