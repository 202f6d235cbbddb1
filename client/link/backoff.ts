/**
 * Owns when a socket is opened again: the random waits of the protocol, and what each close code asks for. Pure.
 * Full jitter: a deploy closes all sockets in the same moment, and they must not all come back in the same moment.
 */
import { growingWaitMs } from "../../core/retry.ts";
import { closeCodes } from "../../schema/errors.ts";

const backoffMs = {
  base: 1_000,
  max: 30_000,
  /** The wait after a drain or a restart that named no time. */
  drainDefault: 10_000,
  /** A socket that lived this long starts the count again. */
  livedEnough: 60_000,
} as const;

/** Close codes that only the client uses, for itself. */
export const ownCodes = {
  /** The moment that a drain gave has come: there is nothing more to wait for. */
  drained: 4000,
  /** The link goes by another tab from now on. */
  moved: 4001,
} as const;

/** The wait before try `n` (0 for the first) is anywhere below this. */
export function waitMsMax(n: number): number {
  return growingWaitMs(n + 1, { firstMs: backoffMs.base, maxMs: backoffMs.max });
}

/** `random` is from 0 to 1, exclusive. */
export function waitMs(n: number, random: number): number {
  return Math.floor(random * waitMsMax(n));
}

export interface CloseFacts {
  readonly code: number;
  /** Failed or short-lived sockets in a row, without this one. */
  readonly n: number;
  /** How long it was open; 0 if it never was. */
  readonly livedMs: number;
  /** The wait that a `drain` asked for, if one came. */
  readonly drainMs: number | null;
  readonly random: number;
}

export type CloseVerdict =
  /** Try again after `delayMs`; `n` is the new count. */
  | { readonly do: "retry"; readonly delayMs: number; readonly n: number }
  /** Get a new access token first; if that is refused, the user must sign in. */
  | { readonly do: "reauth" }
  /** Do not come back by itself. `isGone`: no longer a member. */
  | { readonly do: "stop"; readonly isGone: boolean };

export function decideAfterClose({ code, n, livedMs, drainMs, random }: CloseFacts): CloseVerdict {
  const known = Object.values(closeCodes).find((each) => each.code === code);
  if (known?.retry === "never") return { do: "stop", isGone: code === closeCodes.notMember.code };
  if (known?.retry === "reauth") return { do: "reauth" };
  const count = livedMs >= backoffMs.livedEnough ? 0 : n;
  const isRestart = code === closeCodes.restart.code || drainMs !== null;
  // A restart's own wait replaces only the first one. A client that fails again after it backs off as usual.
  if (isRestart && count === 0)
    return { do: "retry", delayMs: Math.floor(random * (drainMs ?? backoffMs.drainDefault)), n: 1 };
  return { do: "retry", delayMs: waitMs(count, random), n: count + 1 };
}
