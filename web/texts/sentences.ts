/** Owns putting whole sentences one after the other. A sentence itself is one text, and never put together from parts. */
import { t } from "@lingui/core/macro";

export function sentences(first: string, second: string): string {
  return t({ message: `${first} ${second}`, comment: "Two whole sentences, one after the other" });
}
