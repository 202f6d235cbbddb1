/** Owns the ways to sign in without a password: by a passkey, and by another device. Each ends in a session. */
import type { Session } from "../../schema/http/account/accounts.ts";
import { securityBounds } from "../../schema/bounds/security.ts";
import { askPasskey, signInByPasskey } from "../../schema/http/account/passkeys.ts";
import { beginLink, claimLink } from "../../schema/http/account/session-links.ts";
import type { Clock, ParleyOptions } from "../contract/platform.ts";
import type { ShownLink, UsePasskey } from "../contract/security.ts";
import type { Storage } from "../contract/storage.ts";
import type { CallOptions } from "../contract/page.ts";
import { faultOf } from "../errors.ts";
import type { Http } from "../link/http.ts";
import { retried } from "../link/retried.ts";
import { sleep } from "../platform.ts";
import { knownSecret } from "../session/known-accounts.ts";

export interface WaysInParts {
  readonly http: Http;
  readonly storage: Storage;
  readonly clock: Clock;
  readonly device: ParleyOptions["device"];
}

export async function enterByPasskey(
  { http, storage, device }: WaysInParts,
  answer: UsePasskey,
  { signal }: CallOptions,
): Promise<Session> {
  const passkey = await answer(await retried(() => http.call(askPasskey, {}, { signal })));
  signal?.throwIfAborted();
  const deviceSecret = await knownSecret(storage, userOf(passkey.response.userHandle ?? ""));
  const body = {
    passkey,
    ...(device === undefined ? {} : { device: { ...device } }),
    ...(deviceSecret === undefined ? {} : { deviceSecret }),
  };
  return await http.call(signInByPasskey, { body }, { signal });
}

/** Shows a code and asks until another device has approved it, refused it, or the code is over. */
export async function enterByLink(
  { http, clock, device }: WaysInParts,
  show: (link: ShownLink) => void,
  { signal }: CallOptions,
): Promise<Session> {
  const asked = { body: device === undefined ? {} : { device: { ...device } } };
  const { code, secret, expiresAt } = await retried(() => http.call(beginLink, asked, { signal }));
  show({ code, expiresAt });
  for (;;) {
    await sleep(clock, securityBounds.linkAskMs);
    signal?.throwIfAborted();
    const answer = await http.call(claimLink, { body: { code, secret } }, { signal }).catch((error: unknown) => {
      const fault = faultOf(error);
      // No network for a moment. The link's own end ends this, too: the server then answers `not_found`.
      if (fault.retry === "later" && signal?.aborted !== true && http.time.now() < expiresAt) return null;
      throw error;
    });
    if (answer !== null && "accessToken" in answer) return answer;
  }
}

/** The user's id, which is what a passkey keeps as its user handle. It is not proven here: it only finds the device's secret. */
function userOf(userHandle: string): string {
  try {
    return atob(userHandle.replaceAll("-", "+").replaceAll("_", "/"));
  } catch {
    return "";
  }
}
