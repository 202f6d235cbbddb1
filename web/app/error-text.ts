/** Owns the sentences that people read about errors. The code chooses the sentence; the error's own detail is shown only for codes that have none. */
import { ParleyError } from "../../client/index.ts";

const texts: Readonly<Record<string, string>> = {
  forbidden: "You may not do that.",
  not_found: "That does not exist, or not for you.",
  handle_taken: "That handle is taken.",
  conflict: "That is not possible any more.",
  too_large: "That is too long.",
  internal: "Something failed on the server. Try again.",
  unauthenticated: "Unknown handle or wrong password.",
};

export function errorText(error: unknown): string {
  if (!(error instanceof ParleyError)) return "Something went wrong in this page. Try again.";
  if (error.code === "unavailable")
    return error.status === 0 ? "The server cannot be reached. Try again." : "The server is busy. Try again.";
  if (error.code === "rate_limited") return `${whyTooMuch(error)} Try again ${waitText(error.retryAfterMs ?? 0)}.`;
  return texts[error.code] ?? sentence(error.detail);
}

/** Which limit was reached, without the time to wait, which `waitText` says. */
export function whyTooMuch(error: ParleyError): string {
  return error.detail.trim() === "" ? "That was too much at once." : sentence(error.detail);
}

const second = 1_000;
const minute = 60 * second;
const hour = 60 * minute;

/** A wait in words. It is rounded up, so that a try after it does not come too early. */
export function waitText(ms: number): string {
  if (ms <= 10 * second) return "in a moment";
  if (ms <= 50 * second) return `in ${Math.ceil(ms / second)} seconds`;
  if (ms <= minute) return "in a minute";
  if (ms <= 59 * minute) return `in ${Math.ceil(ms / minute)} minutes`;
  if (ms <= hour) return "in an hour";
  return `in ${Math.ceil(ms / hour)} hours`;
}

/** The field that a refusal is about, where its detail begins with the field's path. */
export function fieldOf(error: unknown): string | null {
  if (!(error instanceof ParleyError)) return null;
  if (error.code === "handle_taken") return "handle";
  if (error.code !== "bad_request" && error.code !== "too_large") return null;
  return /^[`'"]?(\w+)/.exec(error.detail)?.[1] ?? null;
}

/** For the field itself: the detail without the path, as a sentence. */
export function fieldText(error: unknown): string {
  if (error instanceof ParleyError && error.code === "bad_request")
    return sentence(error.detail.replace(/^[`'"]?\w+[`'"]?:?\s*/, ""));
  return errorText(error);
}

function sentence(text: string): string {
  const trimmed = text.trim();
  if (trimmed === "") return "That was refused.";
  const begun = trimmed.charAt(0).toUpperCase() + trimmed.slice(1);
  return /[.!?]$/.test(begun) ? begun : `${begun}.`;
}
