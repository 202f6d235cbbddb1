/** Owns the one door for frames of unknown origin: size, JSON, depth, shape. What comes out of here is trusted. */
import type { z } from "zod";
import { refuse, type Refusal } from "../../errors.ts";
import type { ConversationId } from "../../ids.ts";
import { limits } from "../../limits.ts";
import { utf8Bytes } from "../../text.ts";
import { upFrames, type UpFrame, type UpType } from "./up.ts";

/** One element of a frame: the command, or why it cannot be read. `isBad` counts towards closing the socket. */
export type Parsed =
  | { ok: true; frame: UpFrame }
  | { ok: false; ref: string | undefined; refusal: Refusal; isBad: boolean };

export type ParsedFrame = { do: "close"; reason: "frameTooLarge" } | { do: "answer"; elements: Parsed[] };

/**
 * Reads one frame. `spoken` is the conversation of a live socket: it is filled in where a frame names none,
 * and a frame that names another is refused.
 */
export function parseFrame(data: string | ArrayBuffer, spoken?: ConversationId): ParsedFrame {
  if (typeof data !== "string") {
    if (data.byteLength > limits.bodyBytesMax) return { do: "close", reason: "frameTooLarge" };
    return bad("frames are text");
  }
  if (
    data.length > limits.bodyBytesMax ||
    (data.length * 3 > limits.bodyBytesMax && utf8Bytes(data) > limits.bodyBytesMax)
  ) {
    return { do: "close", reason: "frameTooLarge" };
  }
  const json = parseJson(data);
  if (!json.ok) return bad(json.refusal.detail);
  if (!Array.isArray(json.value)) return { do: "answer", elements: [parseElement(json.value, spoken)] };
  const elements: unknown[] = json.value;
  if (elements.length === 0) return bad("an array frame must not be empty");
  if (elements.length > limits.frameObjectsMax) {
    const { refusal } = refuse("too_large", `an array frame holds at most ${limits.frameObjectsMax} objects`);
    return { do: "answer", elements: [{ ok: false, ref: undefined, refusal, isBad: true }] };
  }
  return { do: "answer", elements: elements.map((element) => parseElement(element, spoken)) };
}

function bad(detail: string): ParsedFrame {
  return {
    do: "answer",
    elements: [{ ok: false, ref: undefined, refusal: refuse("bad_request", detail).refusal, isBad: true }],
  };
}

function parseElement(element: unknown, spoken: ConversationId | undefined): Parsed {
  if (typeof element !== "object" || element === null || Array.isArray(element)) {
    return {
      ok: false,
      ref: undefined,
      refusal: refuse("bad_request", "a frame is a JSON object").refusal,
      isBad: true,
    };
  }
  const fields: Record<string, unknown> = { ...element };
  const ref =
    typeof fields["ref"] === "string" && fields["ref"].length <= limits.refCharactersMax ? fields["ref"] : undefined;
  const type = fields["type"];
  if (typeof type !== "string") {
    return { ok: false, ref, refusal: refuse("bad_request", "type: must be a string").refusal, isBad: true };
  }
  if (!isUpType(type)) {
    return { ok: false, ref, refusal: refuse("unsupported", "type: no such frame").refusal, isBad: false };
  }
  if (spoken !== undefined) {
    fields["conversationId"] ??= spoken;
    if (fields["conversationId"] !== spoken) {
      return {
        ok: false,
        ref,
        refusal: refuse("bad_request", "conversationId: this socket belongs to another conversation").refusal,
        isBad: true,
      };
    }
  }
  const parsed = parseWith<UpFrame>(upFrames[type], fields);
  return parsed.ok ? { ok: true, frame: parsed.value } : { ok: false, ref, refusal: parsed.refusal, isBad: true };
}

function isUpType(type: string): type is UpType {
  return Object.hasOwn(upFrames, type);
}

/** Judges a value by a schema; the refusal names the path of the first offending field, never its content. */
export function parseWith<T>(
  schema: z.ZodType<T>,
  value: unknown,
): { ok: true; value: T } | { ok: false; refusal: Refusal } {
  const parsed = schema.safeParse(value);
  if (parsed.success) return { ok: true, value: parsed.data };
  const issue = parsed.error.issues[0];
  const path =
    issue === undefined || issue.path.length === 0 ? "" : `${issue.path.map(String).join(".").slice(0, 100)}: `;
  const isTooLarge = issue?.code === "too_big" && (issue.origin === "string" || issue.origin === "array");
  return refuse(isTooLarge ? "too_large" : "bad_request", `${path}${plainMessage(issue)}`);
}

function plainMessage(issue: z.core.$ZodIssue | undefined): string {
  if (issue === undefined) return "is malformed";
  if (issue.code === "unrecognized_keys") return "has unknown fields";
  return issue.message;
}

/** Parses JSON whose nesting is bounded; the depth is counted before anything is built. */
export function parseJson(text: string): { ok: true; value: unknown } | { ok: false; refusal: Refusal } {
  if (isTooDeep(text)) return refuse("bad_request", `JSON must not nest deeper than ${limits.jsonDepthMax}`);
  try {
    const value: unknown = JSON.parse(text);
    return { ok: true, value };
  } catch {
    return refuse("bad_request", "this is not valid JSON");
  }
}

function isTooDeep(text: string): boolean {
  let depth = 0;
  let isInString = false;
  for (let i = 0; i < text.length; i++) {
    const unit = text.charCodeAt(i);
    if (isInString) {
      if (unit === 0x5c) i++;
      else if (unit === 0x22) isInString = false;
    } else if (unit === 0x22) isInString = true;
    else if (unit === 0x7b || unit === 0x5b) {
      if (++depth > limits.jsonDepthMax) return true;
    } else if (unit === 0x7d || unit === 0x5d) depth--;
  }
  return false;
}
