/** Owns what is told of attachments where a message is told in short: in a row of the inbox, and in a push. */
import { limits } from "../../schema/limits.ts";
import { codePointPrefix, codePoints } from "../../schema/text.ts";
import type { AttachmentLabel } from "../../schema/wire/attachment.ts";

/** The names share a number of code points: where they are long, the last ones are cut. An object that a deploy has not reached yet answers without attachments. */
export function labelsOf(
  attachments: readonly AttachmentLabel[] | undefined,
  namesMax: number = limits.attachmentNamesCodePointsMax,
): AttachmentLabel[] {
  let left = namesMax;
  return (attachments ?? []).map(({ kind, name }) => {
    const shown = codePointPrefix(name, left);
    left -= codePoints(shown);
    return { kind, name: shown };
  });
}
