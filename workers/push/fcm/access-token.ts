/** Owns the access token with which FCM is asked: signed for by the service account, exchanged at Google's token endpoint (RFC 7523), and kept until it is nearly over. */
import { importPKCS8, SignJWT } from "jose";
import { z } from "zod";
import { now } from "../../../objects/shared/platform/clock.ts";
import type { Env } from "../../../objects/shared/platform/env.ts";
import { log, logFault } from "../../../objects/shared/platform/log.ts";
import { pushing } from "../../../schema/push-limits.ts";
import { post } from "../transport.ts";
import { fcmAddresses, type ServiceAccount } from "./service-account.ts";

const scope = "https://www.googleapis.com/auth/firebase.messaging";
/** The audience of the assertion, also where a test's server stands in for Google's. */
const audience = "https://oauth2.googleapis.com/token";
const assertionSeconds = 3_600;
const tokenAnswer = z.object({ access_token: z.string().min(1), expires_in: z.number().positive() });

type Kept = { of: string; token: string; expiresAt: number };
let kept: Kept | undefined;
let asking: Promise<string | null> | undefined;

/** Null if there is none now. `refused`: a token that FCM did not accept, so another one is asked for. */
export async function accessToken(env: Env, account: ServiceAccount, refused?: string): Promise<string | null> {
  const of = `${account.email} ${account.privateKey}`;
  const isGood = kept?.of === of && kept.token !== refused && kept.expiresAt - now() >= pushing.accessTokenLeftMs;
  if (kept !== undefined && isGood) return kept.token;
  // Many pushes find at the same moment that it is over.
  asking ??= ask(env, account, of).finally(() => (asking = undefined));
  return await asking;
}

async function ask(env: Env, account: ServiceAccount, of: string): Promise<string | null> {
  const assertion = await sign(account);
  if (assertion === null) return null;
  const reply = await post(
    fcmAddresses(env).token,
    {
      headers: { "content-type": "application/x-www-form-urlencoded" },
      body: new URLSearchParams({ grant_type: "urn:ietf:params:oauth:grant-type:jwt-bearer", assertion }).toString(),
    },
    (status) => status === 200,
  );
  const answer = reply.status === 200 ? readToken(reply.text) : null;
  if (answer === null) {
    log("fcm", { fault: "no access token", status: reply.status });
    return null;
  }
  kept = { of, token: answer.access_token, expiresAt: now() + answer.expires_in * 1_000 };
  return kept.token;
}

async function sign({ email, privateKey }: ServiceAccount): Promise<string | null> {
  const issuedAt = Math.floor(now() / 1_000);
  try {
    return await new SignJWT({ scope })
      .setProtectedHeader({ alg: "RS256", typ: "JWT" })
      .setIssuer(email)
      .setAudience(audience)
      .setIssuedAt(issuedAt)
      .setExpirationTime(issuedAt + assertionSeconds)
      .sign(await importPKCS8(privateKey, "RS256"));
  } catch (error) {
    logFault("fcm", new Error(error instanceof Error ? error.name : "unknown"), {
      fault: "the private key cannot sign",
    });
    return null;
  }
}

function readToken(text: string): z.infer<typeof tokenAnswer> | null {
  try {
    return tokenAnswer.parse(JSON.parse(text));
  } catch {
    return null;
  }
}
