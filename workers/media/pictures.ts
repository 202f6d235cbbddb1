/**
 * Owns the pictures of people and groups: made of an upload, once it was looked at again and its metadata was taken out, and served to anybody who knows the address.
 * Its name is random and nobody can guess it. A picture that is replaced is deleted in R2, and what a browser keeps of it is too old within a minute.
 */
import { etagsIn } from "./serve.ts";
import { askOwner, askUpload, type Owner } from "./uploads/ask.ts";
import { isRaster, sniff } from "../../core/media/sniff.ts";
import { withoutMetadata } from "../../core/media/strip.ts";
import { pictureSize } from "../../core/media/picture-size.ts";
import type { Avatar } from "../../objects/contract/uploads.ts";
import { reach } from "../../objects/shared/archive/fault-points.ts";
import type { Env } from "../../objects/shared/platform/env.ts";
import { cost } from "../../objects/shared/platform/meter.ts";
import { isMinted, mintPictureId } from "../../objects/shared/identity/mint.ts";
import { ownerOf, pictureKey } from "../../objects/shared/uploads/upload-ids.ts";
import { uploadBounds, uploadLimits } from "../../schema/bounds/uploads.ts";
import { done, notFound, type Outcome, refuse } from "../../schema/errors.ts";
import type { AttachmentId, UserId } from "../../schema/ids.ts";
import { limitAddress } from "../rate-limit.ts";
import { originForAll } from "./origin.ts";

const unfit = refuse("bad_request", "avatar: must be a completed upload of your own");

/** Seconds for which a browser or cache may show a picture without asking again. */
const freshSeconds = 30;

/** The picture of the upload that a patch names, if it names one. */
export async function makeNamed(
  env: Env,
  request: Request,
  by: UserId,
  shownBy: Owner,
  from: AttachmentId | null | undefined,
): Promise<Outcome<Avatar | undefined>> {
  return from === undefined || from === null ? done(undefined) : await makePicture(env, request, by, shownBy, from);
}

/**
 * Makes the picture of an upload for whoever is to show it. Undefined where they show it already. The object that shows it has noted the key: if no patch names it soon,
 * it is deleted.
 */
async function makePicture(
  env: Env,
  request: Request,
  by: UserId,
  shownBy: Owner,
  from: AttachmentId,
): Promise<Outcome<Avatar | undefined>> {
  const owner = ownerOf(env.ID_SECRET, from);
  if (owner?.kind !== "user" || owner.id !== by) return unfit;
  const id = mintPictureId(env.ID_SECRET);
  const place = await askOwner(env, shownBy, by, { do: "avatar", from, key: pictureKey(id) });
  if (!place.ok) return place;
  if (place.value.do === "same") return done(undefined);
  const seen = await askUpload(env, by, {
    do: "see",
    id: from,
    ...(shownBy.kind === "conversation" ? { shownBy: shownBy.id } : {}),
  });
  if (!seen.ok) return seen.refusal.code === "not_found" ? unfit : seen;
  const { attachment, key } = seen.value;
  if (attachment.bytes > uploadLimits.avatarBytesMax) return unfit;
  cost.bucketReads++;
  const object = await env.MEDIA.get(key);
  if (object === null) return unfit;
  const bytes = new Uint8Array(await object.arrayBuffer());
  const { type } = sniff(bytes.subarray(0, uploadBounds.sniffedBytes), "");
  if (!isRaster(type)) return refuse("bad_request", "avatar: must be a PNG, JPEG, GIF, WebP or AVIF picture");
  const bare = withoutMetadata(type, bytes);
  const size = bare === null ? null : pictureSize(type, bare);
  if (bare === null || size === null) return refuse("bad_request", "avatar: the picture is damaged");
  const { avatarSideMax, avatarPointsMax } = uploadBounds;
  if (Math.max(size.width, size.height) > avatarSideMax || size.width * size.height > avatarPointsMax)
    return refuse(
      "bad_request",
      `avatar: must be at most ${avatarSideMax} points wide and high, and ${avatarPointsMax} in all`,
    );
  cost.bucketWrites++;
  await env.MEDIA.put(pictureKey(id), bare, { httpMetadata: { contentType: type } });
  await reach("uploads: a picture is put");
  return done({ url: `${originForAll(env, request)}/v1/avatars/${id}`, key: pictureKey(id), from });
}

/** The picture at its address, which is all the right that is needed. */
export async function answerPicture(env: Env, request: Request, id: string): Promise<Outcome<Response>> {
  if (!isMinted(env.ID_SECRET, id, "picture")) {
    const limited = await limitAddress(env, request);
    return limited.ok ? notFound : limited;
  }
  cost.bucketReads++;
  const known = etagsIn(request.headers.get("if-none-match"));
  const onlyIf = known === undefined ? {} : { onlyIf: new Headers({ "if-none-match": known }) };
  const object = await env.MEDIA.get(pictureKey(id), onlyIf);
  const type = object?.httpMetadata?.contentType ?? "";
  if (object === null || !isRaster(type)) return notFound;
  const headers = new Headers({
    "content-type": type,
    etag: object.httpEtag,
    "cache-control": `public, max-age=${freshSeconds}`,
    "content-security-policy": "sandbox; default-src 'none'",
    "cross-origin-resource-policy": "cross-origin",
    "access-control-allow-origin": "*",
    "content-disposition": "inline",
  });
  // Of what the client has already R2 gives no bytes.
  if (!("body" in object)) return done(new Response(null, { status: 304, headers }));
  headers.set("content-length", String(object.size));
  return done(new Response(object.body, { headers }));
}
