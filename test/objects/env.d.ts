/** What `env` of "cloudflare:workers" is in tests: the Worker's own bindings, and the migrations that the setup applies. */
/// <reference types="vite/types/importMeta.d.ts" />
import type { D1Migration } from "cloudflare:test";
import type { Env as ParleyEnv } from "../../objects/shared/platform/env.ts";
import type * as gateway from "../../workers/gateway.ts";

declare global {
  namespace Cloudflare {
    interface GlobalProps {
      readonly mainModule: typeof gateway;
    }
    interface Env extends ParleyEnv {
      readonly TEST_MIGRATIONS: D1Migration[];
    }
  }
}
