/** Owns finding the texts of the app in a language that the build makes from English. */
import { createCompiledCatalog } from "@lingui/cli/api";
import { makeConfig } from "@lingui/conf";
import type { BrowserContext } from "playwright-core";
import linguiConfig from "../../../web/lingui.config.ts";
import type { pseudoLocales } from "../../../web/texts/locales.ts";

type PseudoLocale = (typeof pseudoLocales)[number];

/** The text that the app shows in this language for an English text. */
export function pseudo(locale: PseudoLocale, text: string): string {
  const { options } = makeConfig(linguiConfig).pseudoLocale.find((each) => each.locale === locale) ?? {};
  const { source } = createCompiledCatalog(
    locale,
    { text },
    {
      namespace: "json",
      pseudoLocale: locale,
      ...(options === undefined ? {} : { pseudoLocaleOptions: options }),
    },
  );
  const catalog: { messages: { text: string | readonly string[] } } = JSON.parse(source);
  return [catalog.messages.text].flat().join("").trim();
}

/** Pages that this browser loads from now on are in this language. */
export async function speak(context: BrowserContext, locale: PseudoLocale): Promise<void> {
  await context.addInitScript((wanted) => {
    Object.defineProperty(navigator, "languages", { get: () => [wanted] });
  }, locale);
}
