/** One server, one headless shell of Chromium and one whole Chromium for all files of this folder, two of which run at the same time: starting both for each file took a fifth of the run. */
import type { TestProject } from "vitest/node";
import { operatorSecret } from "../rig/server/imported-people.ts";
import { spawnTestServer } from "../rig/server/test-server.ts";
import { lacksChromium, serveChromium } from "../rig/browser/chromium.ts";

declare module "vitest" {
  interface ProvidedContext {
    readonly serverUrl: string;
    readonly chromiumUrl: string;
    /** Of a browser that is quicker, and lacks notifications, sounds and films. */
    readonly shellUrl: string;
    /** The run was asked, by `--update`, to keep the screens as they are now as the pictures that are committed. */
    readonly keepsPictures: boolean;
  }
}

export default async function setup(project: TestProject): Promise<(() => Promise<void>) | undefined> {
  if (lacksChromium()) return undefined;
  // The tests would say only that it does not answer.
  const tell = (what: string, output: string) => process.stderr.write(`${what}. It printed:\n${output}\n`);
  let isDead = false;
  const onDeath = (output: string) => {
    isDead = true;
    tell("The server of the browser's tests ended", output);
  };
  const [server, chromium, shell] = await Promise.all([
    spawnTestServer({ onDeath, env: { LINK_HOSTS: "127.0.0.1", OPERATOR_SECRET: operatorSecret } }),
    serveChromium(),
    serveChromium(true),
  ]);
  const pid = server.runtimePid();
  project.provide("serverUrl", server.url);
  project.provide("chromiumUrl", chromium.wsEndpoint());
  project.provide("shellUrl", shell.wsEndpoint());
  project.provide("keepsPictures", project.config.snapshotOptions.updateSnapshot === "all");
  return async () => {
    await Promise.all([chromium.close(), shell.close()]);
    if (!isDead && server.runtimePid() !== pid)
      tell("The runtime of the browser's tests died and was replaced", server.output());
    await server.stop();
  };
}
