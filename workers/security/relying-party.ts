/** Owns under which address the caller sees this server: to it passkeys are bound. */
import type { SecondProof, RelyingParty } from "../../objects/contract/account/passwords.ts";
import type { Env } from "../../objects/shared/platform/env.ts";
import type { PasskeyAnswer } from "../../schema/security/passkey.ts";

/**
 * A passkey belongs to the host name of the address at which the server is called. The page that asks for it has this address, with or without TLS in front of the
 * server, or an allowed origin below it. A caller that makes up a host gains nothing: passkeys remember for which one they were made, and browsers use them nowhere else.
 */
export function relyingPartyOf(env: Env, request: Request): RelyingParty {
  const { origin, host, hostname } = new URL(request.url);
  const allowed = env.ALLOWED_ORIGINS.split(",").map((each) => each.trim());
  const below = allowed.filter((each) => {
    const name = URL.parse(each)?.hostname;
    return name === hostname || name?.endsWith(`.${hostname}`) === true;
  });
  return { rpId: hostname, origins: [...new Set([origin, `https://${host}`, ...below])] };
}

/** The second factor, as a body brings it. */
export function secondOf(
  env: Env,
  request: Request,
  { passkey, recoveryCode }: { passkey?: PasskeyAnswer | undefined; recoveryCode?: string | undefined },
): SecondProof {
  return {
    relyingParty: relyingPartyOf(env, request),
    ...(passkey === undefined ? {} : { passkey }),
    ...(recoveryCode === undefined ? {} : { recoveryCode }),
  };
}
