/** One server and one Chromium for all files of this folder, two of which run at the same time: starting both for each file took a fifth of the run. */
import type { TestProject } from "vitest/node";
import { spawnServer } from "../../scripts/server/server.ts";
import { lacksChromium, serveChromium } from "../rig/browser/chromium.ts";

declare module "vitest" {
  interface ProvidedContext {
    readonly serverUrl: string;
    readonly chromiumUrl: string;
  }
}

export default async function setup(project: TestProject): Promise<(() => Promise<void>) | undefined> {
  if (lacksChromium()) return undefined;
  const [server, chromium] = await Promise.all([spawnServer(), serveChromium()]);
  project.provide("serverUrl", server.url);
  project.provide("chromiumUrl", chromium.wsEndpoint());
  return async () => {
    await chromium.close();
    await server.stop();
  };
}
