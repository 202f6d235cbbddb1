/** The part of the Worker's environment that pushes need, for tests on Node. */
import webPush from "web-push";
import type { Env } from "../../../objects/shared/platform/env.ts";

export const [present, former, foreign] = [
  webPush.generateVAPIDKeys(),
  webPush.generateVAPIDKeys(),
  webPush.generateVAPIDKeys(),
];

/** `hosts`: of the test's push service. */
export function pushEnv(hosts: string, more: Record<string, unknown> = {}): Env {
  const own = {
    ID_SECRET: "an id secret of tests",
    VAPID_PUBLIC_KEY: present.publicKey,
    VAPID_PRIVATE_KEY: present.privateKey,
    VAPID_OLD_KEYS: `${former.publicKey}:${former.privateKey}`,
    VAPID_SUBJECT: "mailto:operator@parley.example",
    PUSH_HOSTS: hosts,
    DIRECTORY_SHARDS: "1",
  };
  // Only these are read.
  return { ...own, ...more } as unknown as Env;
}
