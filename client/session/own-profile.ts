/** Owns what this device knows of the user's profile and settings. Settings are kept over restarts, so that they are in force without network, too. */
import { settings, type Me, type MePatch, type Settings } from "../../schema/http/account/me.ts";
import type { User } from "../../schema/wire/user.ts";
import type { Clock } from "../contract/platform.ts";
import type { CallOptions } from "../contract/page.ts";
import { State } from "../observable.ts";
import { isSame } from "../same.ts";
import type { AccountStorage } from "../storage/account-storage.ts";
import { keys } from "../storage/keys.ts";

/** An app that comes to the front asks again if it has not heard of them for this long. */
const freshMs = 30_000;

interface OwnProfileParts {
  readonly storage: AccountStorage;
  readonly clock: Clock;
  readonly calls: {
    me(options?: CallOptions): Promise<Me>;
    patchMe(patch: MePatch): Promise<Me>;
    setAvatar(file: Blob | null): Promise<Me>;
  };
  /** The user has changed something here, of which the other tabs are to hear. */
  readonly onChanged: () => void;
}

export class OwnProfile {
  readonly user: State<User>;
  readonly settings = new State<Settings | undefined>(undefined);
  readonly #parts: OwnProfileParts;
  #heardAt: number | undefined;

  constructor(user: User, parts: OwnProfileParts) {
    this.user = new State(user);
    this.#parts = parts;
  }

  /** Reads what an earlier run has stored. What was heard since is newer. */
  async restore(): Promise<void> {
    const stored = settings.safeParse(await this.#parts.storage.get(this.#key));
    if (stored.success && this.#heardAt === undefined) this.settings.set(stored.data);
  }

  async me(options?: CallOptions): Promise<Me> {
    return this.#heard(await this.#parts.calls.me(options));
  }

  async patchMe(patch: MePatch): Promise<Me> {
    return this.#changed(await this.#parts.calls.patchMe(patch));
  }

  async setAvatar(file: Blob | null): Promise<Me> {
    return this.#changed(await this.#parts.calls.setAvatar(file));
  }

  /** Asks the server: another device, or another tab, may have changed something. */
  lookAgain(): void {
    this.me().catch(() => undefined);
  }

  /** The same, unless the server has just said it. */
  lookIfOld(): void {
    if (this.#heardAt === undefined || this.#parts.clock.now() - this.#heardAt >= freshMs) this.lookAgain();
  }

  get #key(): string {
    return keys.settings(this.user.getSnapshot().id);
  }

  #changed(me: Me): Me {
    this.#parts.onChanged();
    return this.#heard(me);
  }

  #heard(me: Me): Me {
    const { settings: heard, createdAt: _createdAt, ...user } = me;
    this.user.set(user);
    this.#heardAt = this.#parts.clock.now();
    if (isSame(this.settings.getSnapshot(), heard)) return me;
    this.settings.set(heard);
    this.#parts.storage.write({ puts: [[this.#key, heard]] }).catch(() => undefined);
    return me;
  }
}
