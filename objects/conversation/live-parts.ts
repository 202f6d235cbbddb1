/** Owns the live side of a conversation: composes those who hold its sockets, and what is gathered for them. */
import type { Awake } from "../shared/meters/awake.ts";
import type { Alarms } from "../shared/platform/alarms.ts";
import type { Database } from "../shared/platform/database.ts";
import type { Env } from "../shared/platform/env.ts";
import { LiveSockets } from "../shared/sockets/live-sockets.ts";
import { GatheredReactions } from "./live/gathered-reactions.ts";
import { HeardDevices } from "./live/heard-devices.ts";
import { LiveAudience } from "./live/live-audience.ts";
import { OwnSockets } from "./live/own-sockets.ts";
import { Typists } from "./live/typists.ts";
import { WaitingAnswers } from "./live/waiting-answers.ts";
import type { Journal } from "./messages/journal.ts";
import type { Messages } from "./messages/messages.ts";
import { Relays } from "./relays/relays.ts";
import type { Store } from "./store.ts";

export type LiveParts = {
  sockets: LiveSockets;
  answers: WaitingAnswers;
  relays: Relays;
  audience: LiveAudience;
  reactions: GatheredReactions;
  typists: Typists;
};

export function livePartsOf(
  ctx: DurableObjectState,
  parts: {
    env: Env;
    db: Database;
    awake: Awake;
    alarms: Alarms;
    store: Store;
    messages: Messages;
    journal: Journal;
  },
): LiveParts {
  const heard = new HeardDevices(parts);
  const sockets = new LiveSockets(ctx, heard);
  const answers = new WaitingAnswers();
  const relays = new Relays({ ...parts, sockets, heard });
  const audience = new LiveAudience(new OwnSockets({ sockets, answers }), relays);
  heard.use(({ userId, deviceId }) => relays.isOpen && audience.devicesOf(userId).includes(deviceId));
  const typists = new Typists({ ...parts, audience, away: relays });
  return { sockets, answers, relays, audience, reactions: new GatheredReactions(), typists };
}
