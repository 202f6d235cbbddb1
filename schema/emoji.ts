/** Owns what a reaction may be: one emoji, in its fully qualified form. */
import { z } from "zod";
import { limits } from "./limits.ts";

/** An emoji that is drawn as text unless U+FE0F follows it; a skin tone after it makes it an emoji as well. */
const needsSelector = /(?=\p{Emoji})(?!\p{Emoji_Presentation})[^](?![\u{1F3FB}-\u{1F3FF}])/gu;

/**
 * The fully qualified form of an emoji: with U+FE0F after each part that needs it and nowhere else. So `❤` and `❤️` are one emoji, and so
 * are `☕` and `☕️`. This needs no table. A text that is no emoji comes out as a text that is none either.
 */
export function qualified(emoji: string): string {
  return emoji.replaceAll("\uFE0F", "").replace(needsSelector, "$&\uFE0F");
}

let recommended: RegExp | undefined;

/**
 * Whether Unicode recommends this emoji for general interchange (the RGI set, as the runtime knows it). The pattern is compiled at its
 * first use, because older browsers load this file and do not know the flag.
 */
function isRecommended(value: string): boolean {
  recommended ??= new RegExp("^\\p{RGI_Emoji}$", "v");
  return recommended.test(value);
}

/** A reaction. Parsing answers the fully qualified form, whichever form came. */
export const emoji = z
  .string()
  .transform((value) => (value.length > limits.reactionBytesMax ? "" : qualified(value)))
  .pipe(z.string().refine(isRecommended, "must be one emoji"));
