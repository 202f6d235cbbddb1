/** Texts and lists of a person are accepted up to their bound, and refused beyond it, when they are parsed. */
import { expect, test } from "vitest";
import { uploadLimits } from "../../../schema/bounds/uploads.ts";
import { limits } from "../../../schema/limits.ts";
import { bio, draft, messageText } from "../../../schema/text.ts";
import { parseWith } from "../../../schema/wire/frames/parse.ts";
import { messageDraft, sendFrame } from "../../../schema/wire/send.ts";

function codeOf(schema: Parameters<typeof parseWith>[0], value: unknown): string {
  const judged = parseWith(schema, value);
  return judged.ok ? "fine" : judged.refusal.code;
}

test.each([
  ["message", messageText, limits.textCodePointsMax],
  ["bio", bio, limits.bioCodePointsMax],
  ["draft", draft, limits.draftCodePointsMax],
] as const)("a %s takes as many code points as it may have, of any size, and not one more", (_, schema, max) => {
  for (const character of ["x", "é", "字", "😀"]) {
    expect(codeOf(schema, character.repeat(max))).toBe("fine");
    expect(codeOf(schema, character.repeat(max + 1))).toBe("too_large");
  }
});

test("a clientId, a ref and the mentions of a message take their bound and not one more", () => {
  const fits = { clientId: "c", text: "x" };
  const ofClientId = (length: number) => codeOf(messageDraft, { ...fits, clientId: "c".repeat(length) });
  expect([ofClientId(limits.clientIdCharactersMax), ofClientId(limits.clientIdCharactersMax + 1)]).toEqual([
    "fine",
    "bad_request",
  ]);
  const ofMentions = (count: number) => codeOf(messageDraft, { ...fits, mentions: Array(count).fill("u") });
  expect([ofMentions(limits.mentionsPerMessageMax), ofMentions(limits.mentionsPerMessageMax + 1)]).toEqual([
    "fine",
    "too_large",
  ]);
  const frame = { type: "send", conversationId: "g", ...fits };
  const ofRef = (length: number) => codeOf(sendFrame, { ...frame, ref: "r".repeat(length) });
  expect([ofRef(limits.refCharactersMax), ofRef(limits.refCharactersMax + 1)]).toEqual(["fine", "too_large"]);
});

test("[S26] the attachments of a message take their bound and not one more, and none twice; beside them the text may be missing or empty", () => {
  const ids = (count: number) => Array.from({ length: count }, (_, at) => `g_1.${at}`);
  const max = uploadLimits.attachmentsPerMessageMax;
  for (const schema of [messageDraft, sendFrame]) {
    const judge = (draft: object) => codeOf(schema, { type: "send", conversationId: "g", clientId: "c", ...draft });
    expect(judge({ attachments: ids(max) })).toBe("fine");
    expect(judge({ attachments: ids(max + 1) })).toBe("too_large");
    expect(judge({ attachments: ["g_1.a", "g_1.a"] })).toBe("bad_request");
    for (const text of [undefined, "", "x"]) expect(judge({ text, attachments: ids(1) }), text).toBe("fine");
    for (const text of [" ", "\u200b", "\n"]) expect(judge({ text, attachments: ids(1) })).toBe("bad_request");
    for (const draft of [{}, { text: "" }, { attachments: [] }, { text: "", attachments: [] }])
      expect(judge(draft)).toBe("bad_request");
  }
});
