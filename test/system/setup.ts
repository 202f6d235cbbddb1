/** One server for the files of this folder that need none of their own: those that neither kill it, nor read what it prints, nor set it up otherwise. */
import type { TestProject } from "vitest/node";
import { spawnTestServer } from "../rig/server/test-server.ts";

declare module "vitest" {
  interface ProvidedContext {
    readonly systemUrl: string;
  }
}

export default async function setup(project: TestProject): Promise<() => Promise<void>> {
  const server = await spawnTestServer();
  project.provide("systemUrl", server.url);
  return () => server.stop();
}
