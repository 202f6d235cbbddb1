import { expect, it } from "vitest";
import { sendableName } from "../../../client/uploads/file-name.ts";
import { fileName } from "../../../schema/wire/attachment.ts";

it("a file's name becomes one that the server takes, and keeps its ending", () => {
  const long = `${"ä".repeat(300)}.jpeg`;
  const cases: [string, string][] = [
    ["holiday.jpg", "holiday.jpg"],
    ["../../etc/passwd", ".._.._etc_passwd"],
    ["C:\\x\u202Egpj.exe", "C:_x_gpj.exe"],
    ["a\u0000b\nc", "a_b_c"],
    ["\uD800x", "\uFFFDx"],
    ["", "file"],
    ["..", "file"],
    ["   ", "file"],
    [long, `${"ä".repeat(250)}.jpeg`],
    ["𝒳".repeat(300), "𝒳".repeat(255)],
  ];
  for (const [name, sent] of cases) {
    expect(sendableName(name)).toBe(sent);
    expect(fileName.safeParse(sent).success).toBe(true);
  }
});
