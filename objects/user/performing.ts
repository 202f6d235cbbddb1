/** Owns which side of the object does what a transaction noted. object.ts calls it after the commit. */
import type { UserEffect } from "./effects.ts";
import type { InboxCalls, PresenceCalls, PushCalls } from "./sides.ts";

/** The sides of the object that perform effects. */
export type Performers = {
  account: { tryTasks(): void; walk(): void };
  presence: Pick<PresenceCalls, "deviceEnded" | "reportToWatchers" | "showBlocked">;
  inbox: Pick<InboxCalls, "forget" | "closeDevice" | "showNewDevices" | "showAccepted" | "keepRows">;
  push: Pick<PushCalls, "hint">;
};

/** Performs what a transaction noted, after its commit. */
export function perform(effect: UserEffect, { account, presence, inbox, push }: Performers): void {
  switch (effect.do) {
    case "try tasks":
      return account.tryTasks();
    case "walk":
      return account.walk();
    case "forget inbox":
      return inbox.forget();
    case "end device":
      inbox.closeDevice(effect.device);
      return presence.deviceEnded(effect.device);
    case "show new devices":
      return inbox.showNewDevices();
    case "report to watchers":
      return presence.reportToWatchers(effect.watchers, effect.knownAs);
    case "hint pushes":
      return push.hint();
    case "keep rows":
      return inbox.keepRows(effect.rows);
    case "show blocked":
      return presence.showBlocked(effect.userId);
    case "show accepted":
      return inbox.showAccepted(effect.rows);
  }
}
