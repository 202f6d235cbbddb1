/** Owns what a reaction may be: one emoji, in the one form that stands for all its forms. */
import { z } from "zod";
import { limits } from "./limits.ts";

/** An emoji that is drawn as text unless U+FE0F follows it; a skin tone after it makes it an emoji as well. */
const needsSelector = /(?=\p{Emoji})(?!\p{Emoji_Presentation})[^](?![\u{1F3FB}-\u{1F3FF}])/gu;

/**
 * An emoji in its fully qualified form: with U+FE0F after each part that needs it and nowhere else. `❤`, `❤️` and `☕`, `☕️` are two
 * emoji, not four. Needs no table; what is no emoji comes out as something that is none either.
 */
export function qualified(emoji: string): string {
  return emoji.replaceAll("\uFE0F", "").replace(needsSelector, "$&\uFE0F");
}

let recommended: RegExp | undefined;

/**
 * One of the emoji that Unicode recommends for general interchange, fully qualified. The set is the runtime's. Compiled at the first use,
 * for the older browsers that load this file and do not know the flag.
 */
function isRecommended(value: string): boolean {
  recommended ??= new RegExp("^\\p{RGI_Emoji}$", "v");
  return recommended.test(value);
}

/** A reaction. What comes out is the fully qualified form, whichever came. */
export const emoji = z
  .string()
  .transform((value) => (value.length > limits.reactionBytesMax ? "" : qualified(value)))
  .pipe(z.string().refine(isRecommended, "must be one emoji"));
