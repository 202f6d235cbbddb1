/** Owns the account by which this server speaks for a Firebase project: the JSON file that Firebase's console gives out, as the secret FCM_SERVICE_ACCOUNT. */
import { z } from "zod";
import type { Env } from "../../../objects/shared/platform/env.ts";
import { log } from "../../../objects/shared/platform/log.ts";

const serviceAccount = z.object({
  project_id: z.string().regex(/^[a-z0-9.:-]{1,64}$/),
  client_email: z.string().min(1),
  private_key: z.string().includes("PRIVATE KEY"),
});

export type ServiceAccount = { projectId: string; email: string; privateKey: string };

/** The account of the secret that was read last, because it is read for each push. */
let read: { of: string; account: ServiceAccount | null } | undefined;

/** Null if FCM is not set up here, or not well. */
export function serviceAccountOf(env: Env): ServiceAccount | null {
  const of = env.FCM_SERVICE_ACCOUNT ?? "";
  if (of === "") return null;
  if (read?.of !== of) read = { of, account: parse(of) };
  return read.account;
}

/** Whether native apps can register here. */
export function hasFcm(env: Env): boolean {
  return serviceAccountOf(env) !== null;
}

function parse(text: string): ServiceAccount | null {
  try {
    const {
      project_id: projectId,
      client_email: email,
      private_key: privateKey,
    } = serviceAccount.parse(JSON.parse(text));
    return { projectId, email, privateKey };
  } catch {
    // What is wrong with it is not logged, because it is a secret.
    log("fcm", { fault: "FCM_SERVICE_ACCOUNT is not the JSON file of a service account" });
    return null;
  }
}

/** Where FCM is. Tests put their own server in its place. */
export function fcmAddresses(env: Env): { messages: string; token: string } {
  const own = (env.FCM_URL ?? "").replace(/\/+$/, "");
  return own === ""
    ? { messages: "https://fcm.googleapis.com", token: "https://oauth2.googleapis.com/token" }
    : { messages: own, token: `${own}/token` };
}
