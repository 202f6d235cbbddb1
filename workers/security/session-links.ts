/** Owns where links wait, under which names, and how many one address may begin. */
import { createHmac } from "node:crypto";
import { Buckets, drawAll } from "../../objects/shared/meters/buckets.ts";
import { now } from "../../objects/shared/platform/clock.ts";
import type { Env } from "../../objects/shared/platform/env.ts";
import { done, type Outcome } from "../../schema/errors.ts";
import type { UserId } from "../../schema/ids.ts";
import { rates } from "../../schema/rates.ts";
import { addressOf } from "../passwords/attempts.ts";

/** Links wait in so many objects, by their codes: so many that none of them is busy. */
const deskCount = 64;

/** An object without a user. Its name is no user's id, so no other call reaches it. */
export function deskOf(env: Env, code: string): UserId {
  return `link.${(mac(env, `link desk|${code}`)[0] ?? 0) % deskCount}` as UserId;
}

/** What the object stores in the place of a code or a secret. */
export function keyed(env: Env, kind: "code" | "secret", text: string): string {
  return mac(env, `link ${kind}|${text}`).toString("base64url");
}

function mac(env: Env, text: string): Buffer {
  return createHmac("sha256", env.ID_SECRET).update(text).digest();
}

const links = new Buckets(rates.linksPerAddress, 20_000);

export function limitSessionLinks(env: Env, request: Request): Outcome<null> {
  const address = addressOf(env, request);
  if (address === null) return done(null);
  const detail = "too many devices ask to be linked from this address";
  const refusal = drawAll([{ of: links, key: address, takes: 1, detail }], now());
  return refusal === undefined ? done(null) : { ok: false, refusal };
}
