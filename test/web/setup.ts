/** Tests of the web app's modules find its texts in English: the macros carry them along outside of a production build. Other tests load nothing. */
import { expect } from "vitest";

if (expect.getState().testPath?.includes("/test/web/") === true) {
  const { i18n } = await import("@lingui/core");
  i18n.loadAndActivate({ locale: "en", messages: {} });
}
