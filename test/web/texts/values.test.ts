import { setupI18n } from "@lingui/core";
import { expect, test } from "vitest";
import { keepValues } from "../../../web/texts/values.ts";

const written = ["\\u202e", "\\x41", "C:\\x5c", "\\\\u0041", "%s \\", "{name}", "<0>x</0>"];

test.each(written)("[W4] what a person wrote comes out of a sentence as it went in: %s", (name) => {
  const i18n = setupI18n({ locale: "en", messages: { en: { a: ["Hello ", ["name"], "!"] } } });
  keepValues(i18n);
  expect(i18n._("a", { name })).toBe(`Hello ${name}!`);
  expect(i18n._({ id: "a", values: { name } })).toBe(`Hello ${name}!`);
  expect(i18n._({ id: "b", message: "Bye {name}", values: { name } })).toBe(`Bye ${name}`);
});

test("Lingui alone decodes it", () => {
  const i18n = setupI18n({ locale: "en", messages: { en: { a: ["Hello ", ["name"], "!"] } } });
  expect(i18n._("a", { name: "\\x41" })).toBe("Hello A!");
});
