/** Owns what this device knows of the user's settings: as the server last said them, kept over restarts, so that they are in force without network, too. */
import { settings, type Settings } from "../../schema/http/me.ts";
import type { Clock } from "../contract/platform.ts";
import { State } from "../observable.ts";
import { isSame } from "../same.ts";
import type { AccountStorage } from "../storage/account-storage.ts";
import { keys } from "../storage/keys.ts";

/** An app that comes to the front asks again if it has not heard of them for this long. */
const freshMs = 30_000;

interface OwnSettingsParts {
  readonly storage: AccountStorage;
  readonly userId: string;
  readonly clock: Clock;
  /** Asks the server. The answer comes by `take`. */
  readonly ask: () => Promise<unknown>;
}

export class OwnSettings {
  readonly state = new State<Settings | undefined>(undefined);
  readonly #parts: OwnSettingsParts;
  #heardAt: number | undefined;

  constructor(parts: OwnSettingsParts) {
    this.#parts = parts;
  }

  /** Reads what an earlier run has stored. What was heard since is newer. */
  async restore(): Promise<void> {
    const stored = settings.safeParse(await this.#parts.storage.get(keys.settings(this.#parts.userId)));
    if (stored.success && this.#heardAt === undefined) this.state.set(stored.data);
  }

  take(heard: Settings): void {
    const { storage, userId, clock } = this.#parts;
    this.#heardAt = clock.now();
    if (isSame(this.state.getSnapshot(), heard)) return;
    this.state.set(heard);
    storage.write({ puts: [[keys.settings(userId), heard]] }).catch(() => undefined);
  }

  /** Asks, unless the server has just said them. */
  lookAgain(): void {
    const { clock, ask } = this.#parts;
    if (this.#heardAt !== undefined && clock.now() - this.#heardAt < freshMs) return;
    ask().catch(() => undefined);
  }
}
