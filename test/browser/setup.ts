/** One server for all files of this folder. The files of one worker share browsers, too: starting all that for each file took a fifth of the run. */
import type { TestProject } from "vitest/node";
import { operatorSecret } from "../rig/server/imported-people.ts";
import { spawnTestServer } from "../rig/server/test-server.ts";
import { lacksChromium } from "../rig/browser/chromium.ts";

declare module "vitest" {
  interface ProvidedContext {
    readonly serverUrl: string;
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
  const server = await spawnTestServer({ onDeath, env: { LINK_HOSTS: "127.0.0.1", OPERATOR_SECRET: operatorSecret } });
  const pid = server.runtimePid();
  project.provide("serverUrl", server.url);
  project.provide("keepsPictures", project.config.snapshotOptions.updateSnapshot === "all");
  return async () => {
    if (!isDead && server.runtimePid() !== pid)
      tell("The runtime of the browser's tests died and was replaced", server.output());
    await server.stop();
  };
}
