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

// The SDK loads these when they are used. Where a clock stands still only promises are awaited, and a module that is read for the first time takes longer.
if (testPath.includes("/test/client/"))
  await Promise.all([
    import("../client/history/verify.ts"),
    import("../client/security/ways-in.ts"),
    import("../client/uploads/picture.ts"),
    import("../client/uploads/upload-calls.ts"),
  ]);

afterAll(() => {
  vi.useRealTimers();
  vi.restoreAllMocks();
  vi.unstubAllGlobals();
  vi.unstubAllEnvs();
});
