/** Before each file of the core's tests. Files share a thread, so what one of them puts in place of globals goes when it is over. */
import { afterAll, expect, vi } from "vitest";

const { testPath = "" } = expect.getState();

// Modules of the web app keep what holds for the life of a page, and modules of the Worker what holds for the life of an isolate. Each file of these begins one.
if (/\/test\/(?:web|workers)\//.test(testPath)) vi.resetModules();

// Tests of the web app's modules find its texts in English: the macros carry them along outside of a production build. Other tests load nothing.
if (testPath.includes("/test/web/")) {
  const { i18n } = await import("@lingui/core");
  i18n.loadAndActivate({ locale: "en", messages: {} });
}

afterAll(() => {
  vi.useRealTimers();
  vi.restoreAllMocks();
  vi.unstubAllGlobals();
  vi.unstubAllEnvs();
});
