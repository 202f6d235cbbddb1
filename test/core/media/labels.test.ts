/** What the inbox and pushes tell of attachments. */
import fc from "fast-check";
import { expect, test } from "vitest";
import { labelsOf } from "../../../core/media/labels.ts";
import { limits } from "../../../schema/limits.ts";
import { codePoints } from "../../../schema/text.ts";

test("[S25] each attachment is told with its kind and name, and all names together are short", () => {
  const kind = fc.constantFrom("image" as const, "file" as const, "voice" as const);
  const name = fc.string({ unit: "grapheme", minLength: 1, maxLength: 255 });
  fc.assert(
    fc.property(fc.array(fc.record({ kind, name, id: fc.string() }), { maxLength: 20 }), (attachments) => {
      const labels = labelsOf(attachments);
      expect(labels.map((label) => label.kind)).toEqual(attachments.map((each) => each.kind));
      const told = labels.map((label) => codePoints(label.name)).reduce((sum, length) => sum + length, 0);
      expect(told).toBeLessThanOrEqual(limits.attachmentNamesCodePointsMax);
      const names = attachments.map((each) => codePoints(each.name)).reduce((sum, length) => sum + length, 0);
      if (names <= limits.attachmentNamesCodePointsMax)
        expect(labels).toEqual(attachments.map((each) => ({ kind: each.kind, name: each.name })));
      for (const [at, label] of labels.entries()) expect(attachments[at]?.name.startsWith(label.name)).toBe(true);
    }),
  );
});
