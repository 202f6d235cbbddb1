/** Uploads for tests in workerd: through the gateway's API, as signed-up people, with a look at what lies in R2 and in the objects. */
import { evictDurableObject, runDurableObjectAlarm, runInDurableObject } from "cloudflare:test";
import { env } from "cloudflare:workers";
import { createHash } from "node:crypto";
import { onTestFinished } from "vitest";
import type { Env } from "../../../../objects/shared/platform/env.ts";
import { windClock } from "../../../../objects/shared/platform/clock.ts";
import { faultPoints } from "../../../../objects/shared/archive/fault-points.ts";
import type { BegunUpload } from "../../../../schema/http/uploads.ts";
import type { Attachment } from "../../../../schema/wire/attachment.ts";
import { makeApi } from "../../../../workers/api/api.ts";
import { type Answered, must } from "../door.ts";
import type { TestAccount } from "../accounts.ts";
import type { Row } from "../../../../objects/shared/platform/database.ts";

const api = makeApi();
const context = { waitUntil: () => {}, passThroughOnException: () => {}, props: {} } as unknown as ExecutionContext;

export const sha256Of = (bytes: Uint8Array | string): string => createHash("sha256").update(bytes).digest("hex");

/** Bytes that are no picture, the same for the same seed. */
export function someBytes(length: number, seed = 1): Uint8Array<ArrayBuffer> {
  const bytes = new Uint8Array(length);
  let state = seed;
  for (let at = 0; at < length; at++) bytes[at] = (state = (state * 1_103_515_245 + 12_345) & 0x7fffffff) >>> 16;
  return bytes;
}

/** A whole PNG of one point. */
export const png = Uint8Array.from(
  atob("iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNkYPhfDwAChwGA60e6kgAAAABJRU5ErkJggg=="),
  (letter) => letter.charCodeAt(0),
);

/** The same with a text in it. */
export const toldPng = Uint8Array.from([
  ...png.subarray(0, 33),
  ...[0, 0, 0, 6],
  ...new TextEncoder().encode("tEXtsecret"),
  ...[0, 0, 0, 0],
  ...png.subarray(33),
]);

export type RawAsk = { headers?: Record<string, string>; body?: BodyInit | null; bindings?: Partial<Env> };

/** Any request as this person. */
export async function raw(by: TestAccount, method: string, path: string, asked: RawAsk = {}): Promise<Response> {
  const request = new Request(`https://parley.test/v1${path}`, {
    method,
    headers: { authorization: `Bearer ${by.session.accessToken}`, ...asked.headers },
    ...(asked.body === undefined ? {} : { body: asked.body }),
  });
  return await api.fetch(request, { ...env, ...asked.bindings }, context);
}

export async function putPart(
  by: TestAccount,
  id: string,
  n: number,
  bytes: Uint8Array<ArrayBuffer>,
  headers: Record<string, string> = {},
  bindings: Partial<Env> = {},
): Promise<Answered> {
  const response = await raw(by, "PUT", `/uploads/${id}/parts/${n}`, {
    bindings,
    body: bytes,
    headers: { "content-length": String(bytes.length), ...headers },
  });
  const text = await response.text();
  return { status: response.status, body: text === "" ? null : JSON.parse(text) };
}

export type FileAsk = { name?: string; type?: string; sha256?: string; to: string };

/** Where uploads are begun: a conversation's id, or "me". */
const placeOf = (to: string): string => (to === "me" ? "/me/uploads" : `/conversations/${to}/uploads`);

export async function begin(by: TestAccount, bytes: number, { to, ...more }: FileAsk): Promise<BegunUpload> {
  return await must<BegunUpload>(201, by, "POST", placeOf(to), { name: "file.bin", type: "", bytes, ...more });
}

/** Begins, and sends all parts. */
export async function received(by: TestAccount, bytes: Uint8Array<ArrayBuffer>, file: FileAsk): Promise<string> {
  const { uploadId, parts, partBytes } = await begin(by, bytes.length, file);
  for (let n = 1; n <= parts; n++) {
    const answer = await putPart(by, uploadId, n, bytes.subarray((n - 1) * partBytes, n * partBytes));
    if (answer.status !== 204) throw new Error(`part ${n}: ${answer.status} ${JSON.stringify(answer.body)}`);
  }
  return uploadId;
}

export async function upload(
  by: TestAccount,
  bytes: Uint8Array<ArrayBuffer>,
  file: FileAsk,
  said: Record<string, unknown> = {},
): Promise<Attachment> {
  const id = await received(by, bytes, file);
  return await must<Attachment>(200, by, "POST", `/uploads/${id}/complete`, said);
}

/** The keys of what lies in R2 for an object, or under any prefix. */
export async function stored(prefix: string): Promise<string[]> {
  return (await env.MEDIA.list({ prefix })).objects.map(({ key }) => key);
}

const objectOf = (id: string) => (id.startsWith("u_") ? env.USERS.getByName(id) : env.CONVERSATIONS.getByName(id));

export async function evict(id: string): Promise<void> {
  await evictDurableObject(objectOf(id)).catch(() => undefined);
}

export async function ring(id: string): Promise<void> {
  await runDurableObjectAlarm(objectOf(id));
}

export async function rows<R extends Row>(id: string, statement: string): Promise<R[]> {
  return await runInDurableObject(objectOf(id), (_, { storage }) => storage.sql.exec<R>(statement).toArray());
}

/** Winds the clock on until the test ends, and gives these people new access tokens if theirs are over by then. */
export async function windFor(ms: number, ...people: TestAccount[]): Promise<void> {
  windClock(ms);
  onTestFinished(() => windClock(-ms));
  for (const person of people) {
    const answer = await person.calls.refresh(person.session.refreshToken);
    if (!answer.ok) throw new Error(answer.refusal.detail);
    person.session = answer.value;
  }
}

/** Throws, or does what `then` does, at a fault point, until the test ends. */
export function failAt(reach: NonNullable<typeof faultPoints.reach>): void {
  faultPoints.reach = reach;
  onTestFinished(() => (faultPoints.reach = undefined));
}
