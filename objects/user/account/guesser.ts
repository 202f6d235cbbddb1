/** Owns who counts as the one that guesses a password: a wrong one is counted against them. */
import type { UserId } from "../../../schema/ids.ts";
import type { AttemptBy } from "../../contract/account/passwords.ts";
import type { Devices } from "./devices.ts";
import { readDeviceSecret } from "./tokens.ts";
import type { Guesser } from "./wrong-passwords.ts";

/** Whom an attempt counts against. */
export type GuesserOf = (by: AttemptBy) => Guesser;

/** `secret`: the one under which this server makes device secrets. */
export function guessersOf({
  userId,
  secret,
  devices,
}: {
  userId: UserId;
  secret: string;
  devices: Pick<Devices, "secretIdOf">;
}): GuesserOf {
  return ({ deviceId: device, deviceSecret, address = "" }) => {
    const signedIn = device === undefined ? undefined : devices.secretIdOf(device);
    if (signedIn !== undefined) return { is: "signed in", secretId: signedIn };
    // Somebody with a device secret that is not of this account is a stranger.
    const known = readDeviceSecret(secret, userId, deviceSecret);
    return known === undefined ? { is: "stranger", address } : { is: "known", secretId: known };
  };
}
