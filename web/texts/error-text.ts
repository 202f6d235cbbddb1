/** Owns the sentences that people read about errors. The code chooses the sentence; the error's own detail is shown only for codes that have none, and in English. */
import { sentences } from "./sentences.ts";
import { i18n } from "@lingui/core";
import { plural, t } from "@lingui/core/macro";
import { ParleyError } from "parley-sdk";
import { sourceLocale } from "./locales.ts";
import type * as ServerTexts from "./server-texts.ts";

/** Sentences for what the server says of limits and fields. No first screen needs them; until they are here, what the error's code says is shown. */
let said: Pick<typeof ServerTexts, "faultText" | "limitText"> = {
  faultText: () => null,
  limitText: () => null,
};

export async function fetchServerTexts(): Promise<void> {
  said = await import("./server-texts.ts");
}

export function errorText(error: unknown): string {
  if (!(error instanceof ParleyError)) return t`Something went wrong in this page. Try again.`;
  switch (error.code) {
    case "unavailable":
      return error.status === 0 ? t`The server cannot be reached. Try again.` : t`The server is busy. Try again.`;
    case "rate_limited":
      return sentences(whyTooMuch(error), tryAgainText(error.retryAfterMs ?? 0));
    case "forbidden":
      return t`You may not do that.`;
    case "not_found":
      return t`That does not exist, or you may not see it.`;
    case "handle_taken":
      return t`That handle is taken.`;
    case "conflict":
      return t`That is not possible any more.`;
    case "too_large":
      return t`That is too long.`;
    case "internal":
      return t`Something failed on the server. Try again.`;
    case "storage_full":
      return t`There is no room on this device to keep the files until they are sent. Sending them again does without it, as long as this page is open.`;
    case "file_lost":
      return t`A file cannot be read any more.`;
    case "unauthenticated":
      return t`Unknown handle or wrong password.`;
    default:
      return detailText(error.detail) ?? t`That was refused.`;
  }
}

/** Which limit was reached, without the time to wait, which `tryAgainText` says. */
export function whyTooMuch(error: ParleyError): string {
  return said.limitText(error.detail) ?? detailText(error.detail) ?? t`That was too much at once.`;
}

const second = 1_000;
const minute = 60 * second;
const hour = 60 * minute;

/** When to try again. The wait is rounded up, so that a try after it does not come too early. */
export function tryAgainText(ms: number): string {
  const [seconds, minutes, hours] = [Math.ceil(ms / second), Math.ceil(ms / minute), Math.ceil(ms / hour)];
  if (ms <= 10 * second) return t`Try again in a moment.`;
  if (ms <= 50 * second) return t`Try again in ${plural(seconds, { one: "# second", other: "# seconds" })}.`;
  if (ms <= minute) return t`Try again in a minute.`;
  if (ms <= 59 * minute) return t`Try again in ${plural(minutes, { one: "# minute", other: "# minutes" })}.`;
  if (ms <= hour) return t`Try again in an hour.`;
  return t`Try again in ${plural(hours, { one: "# hour", other: "# hours" })}.`;
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
  if (!(error instanceof ParleyError) || error.code !== "bad_request") return errorText(error);
  const detail = error.detail.replace(/^[`'"]?\w+[`'"]?:?\s*/, "");
  return said.faultText(detail) ?? detailText(detail) ?? t`That was refused.`;
}

/** The server's own words, which are English: null where there are none, or the page speaks another language. */
function detailText(detail: string): string | null {
  const trimmed = detail.trim();
  if (trimmed === "" || i18n.locale !== sourceLocale) return null;
  const begun = trimmed.charAt(0).toUpperCase() + trimmed.slice(1);
  return /[.!?]$/.test(begun) ? begun : `${begun}.`;
}
