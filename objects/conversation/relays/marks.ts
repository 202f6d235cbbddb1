/**
 * Owns two numbers: how many live sockets the conversation holds before relays are opened, and how many one relay holds. Tests set smaller numbers, and so does a server
 * that is started for tests.
 */
import { largeGroups } from "../../../schema/bounds/large-groups.ts";
import type { Env } from "../../shared/platform/env.ts";

export type RelayMarks = { ownSocketsMax: number; relaySocketsMax: number };

export const relayMarks: RelayMarks = {
  ownSocketsMax: largeGroups.ownSocketsMax,
  relaySocketsMax: largeGroups.relaySocketsMax,
};

export function marksOf({ PARLEY_LOCAL, PARLEY_RELAY_SOCKETS }: Env): RelayMarks {
  const lowered = PARLEY_LOCAL === "on" ? Number(PARLEY_RELAY_SOCKETS ?? 0) : 0;
  return lowered > 0 ? { ownSocketsMax: lowered, relaySocketsMax: lowered } : relayMarks;
}
