/** Owns what decides at a moment whether this user is to be notified: whether a device subscribes, what the settings say, and whether a device attends. */
import type { Reader as NotifyReader } from "../../../core/inbox/decide-notify.ts";
import { isQuiet } from "../../../core/push/quiet-hours.ts";
import { isSilent } from "../../../core/presence.ts";
import type { Settings } from "../../../schema/http/account/me.ts";
import type { UserId } from "../../../schema/ids.ts";
import { now } from "../../shared/platform/clock.ts";
import type { SyncSockets } from "../sync-sockets.ts";
import type { Subscriptions } from "./subscriptions.ts";

/** What is asked of the account side. */
type AccountOfReader = { settings(): Settings; isBlocked(userId: UserId): boolean };

export class Attention {
  readonly #account: AccountOfReader;
  readonly #sockets: Pick<SyncSockets, "entries" | "heardAt">;
  readonly #subscriptions: Pick<Subscriptions, "isAny">;

  constructor(parts: {
    account: AccountOfReader;
    sockets: Pick<SyncSockets, "entries" | "heardAt">;
    subscriptions: Pick<Subscriptions, "isAny">;
  }) {
    this.#account = parts.account;
    this.#sockets = parts.sockets;
    this.#subscriptions = parts.subscriptions;
  }

  /** Whether anything is decided at all. */
  get isOn(): boolean {
    return this.#subscriptions.isAny;
  }

  get settings(): Settings {
    return this.#account.settings();
  }

  /** For the deliveries of one moment: the settings are read once at most. */
  reader(): NotifyReader {
    let isReachable: boolean | undefined;
    return {
      isReachable: () => (isReachable ??= this.#isReachable()),
      isBlocked: (userId) => this.#account.isBlocked(userId),
    };
  }

  #isReachable(): boolean {
    if (this.#attends()) return false;
    const { enabled, quietHours } = this.settings.notifications;
    return enabled && !isQuiet(quietHours, now());
  }

  /** A device attends if it said so on a sync socket that is open and was heard lately. A socket keeps this while the object sleeps. */
  #attends(): boolean {
    const at = now();
    for (const entry of this.#sockets.entries())
      if (entry.attachment.isAttending && !isSilent(this.#sockets.heardAt(entry), at)) return true;
    return false;
  }
}
