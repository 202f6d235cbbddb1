/** Decides which link of a message has a card: the first that leads to a page. */
import type { TextPart } from "./text-parts.ts";

export function firstLink(parts: readonly TextPart[]): string | null {
  const link = parts.find((part) => part.kind === "link" && /^https?:/.test(part.href));
  return link?.kind === "link" ? link.href : null;
}
