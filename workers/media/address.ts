/**
 * Owns signed addresses of media: whoever has one may fetch the bytes until it ends, without authorization. It says everything that the answer needs, so serving
 * asks no object. Its end is rounded, so that all addresses of one file that are made within half an hour are the same, and caches know the file.
 */
import { createHmac, timingSafeEqual } from "node:crypto";
import { remember } from "../../core/memory.ts";
import { now } from "../../objects/shared/platform/clock.ts";
import type { Env } from "../../objects/shared/platform/env.ts";
import type { Media } from "../../objects/contract/uploads.ts";
import { mediaBounds } from "../../schema/bounds/media.ts";
import type { Variant } from "../../schema/http/conversation/attachments.ts";
import type { TimeMs } from "../../schema/ids.ts";
import { originForAsker } from "./origin.ts";

/** Bytes in R2, and how they are answered. */
export type SignedMedia = { key: string; type: string; name: string };
export type Address = { url: string; expiresAt: TimeMs };

/** Where media are served; behind it come the two last parts of the key. */
export const mediaPath = "/v1/media/";
const keyForm = /^media\/([A-Za-z0-9_-]+)\/([A-Za-z0-9_.-]+)$/;

/** What an address of an attachment names; undefined where there is nothing to name. */
export function signedOf(media: Media | null | undefined, variant: Variant): SignedMedia | undefined {
  if (media == null) return undefined;
  const { attachment, key, previewKey } = media;
  if (variant === "original") return { key, type: attachment.type, name: attachment.name };
  return previewKey === null
    ? undefined
    : { key: previewKey, type: attachment.previewType ?? "image/webp", name: attachment.name };
}

/** `request`: the one that asks for the address, for it knows the server's own origin. */
export function addressOf(
  env: Env,
  request: Request,
  media: SignedMedia,
  roundedMs: number = mediaBounds.addressRoundedMs,
): Address {
  const match = keyForm.exec(media.key);
  if (match === null) throw new Error("this is no key of media");
  const expiresAt = roundedEnd(now(), roundedMs);
  const until = String(expiresAt / 1_000);
  const query = new URLSearchParams({ type: media.type, name: media.name, until, sig: signatureOf(env, media, until) });
  return { url: `${originForAsker(env, request)}${mediaPath}${match[1]}/${match[2]}?${query.toString()}`, expiresAt };
}

/** An address that an export names: good for at least a day. */
export function exportedAddressOf(env: Env, request: Request, media: SignedMedia): Address {
  return addressOf(env, request, media, mediaBounds.exportedAddressRoundedMs);
}

/** Between one and two of these times ahead. */
function roundedEnd(at: TimeMs, roundedMs: number): TimeMs {
  return (Math.floor(at / roundedMs) + 2) * roundedMs;
}

/** What an address names, and for how long it is still good; undefined where it is not as it was made, or its time is over. */
export function signedBy(env: Env, url: URL): (SignedMedia & { leftMs: number }) | undefined {
  const key = `media/${url.pathname.slice(mediaPath.length)}`;
  const [type, name, until, sig] = ["type", "name", "until", "sig"].map((each) => {
    const values = url.searchParams.getAll(each);
    return values.length === 1 ? values[0] : undefined;
  });
  if (type === undefined || name === undefined || until === undefined || sig === undefined) return undefined;
  if (!keyForm.test(key) || !/^\d{1,12}$/.test(until)) return undefined;
  const media = { key, type, name };
  const [given, expected] = [Buffer.from(sig), Buffer.from(signatureOf(env, media, until))];
  if (given.length !== expected.length || !timingSafeEqual(given, expected)) return undefined;
  const leftMs = Number(until) * 1_000 - now();
  return leftMs <= 0 ? undefined : { ...media, leftMs };
}

/** No part holds a line feed. */
function signatureOf(env: Env, { key, type, name }: SignedMedia, until: string): string {
  return createHmac("sha256", signingKey(env.TOKEN_SECRET))
    .update([key, type, name, until].join("\n"))
    .digest("base64url");
}

const signingKeys = new Map<string, Buffer>();

/** A key of its own, so that no signature of another kind passes for an address. */
function signingKey(secret: string): Buffer {
  const known = signingKeys.get(secret);
  if (known !== undefined) return known;
  const key = createHmac("sha256", Buffer.from(secret, "base64url")).update("addresses of media").digest();
  remember(signingKeys, secret, key, 4);
  return key;
}
