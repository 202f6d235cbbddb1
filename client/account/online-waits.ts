/** Owns the calls that wait until an account is online. */
import type { ConnectionState } from "../contract/account.ts";
import type { CallOptions } from "../contract/page.ts";
import type { Observable } from "../contract/observable.ts";
import { abortable } from "../abortable.ts";
import { ParleyError, unreachable } from "../errors.ts";

export class OnlineWaits {
  readonly #connection: Observable<ConnectionState>;
  readonly #looks = new Set<() => void>();
  #isClosed = false;

  constructor(connection: Observable<ConnectionState>) {
    this.#connection = connection;
  }

  async wait({ signal }: CallOptions): Promise<void> {
    let stop = (): void => undefined;
    const online = new Promise<void>((resolve, reject) => {
      const look = () => {
        const hindrance = this.#hindrance();
        if (hindrance !== undefined) reject(hindrance);
        else if (this.#isOnline()) resolve();
      };
      const unsubscribe = this.#connection.subscribe(look);
      this.#looks.add(look);
      stop = () => {
        unsubscribe();
        this.#looks.delete(look);
      };
      look();
    });
    await abortable(online, signal).finally(stop);
  }

  /** Ends all waits: the account is online. */
  close(): void {
    this.#isClosed = true;
    for (const look of this.#looks) look();
  }

  #isOnline(): boolean {
    const { status, isStale } = this.#connection.getSnapshot();
    return (status === "online" || status === "polling") && !isStale;
  }

  /** Why the account will not be online by itself. */
  #hindrance(): ParleyError | undefined {
    const { status } = this.#connection.getSnapshot();
    if (this.#isClosed) return unreachable("the account was closed");
    if (status === "reauth") return new ParleyError({ code: "unauthenticated", detail: "the device was signed out" });
    if (status === "stopped") return unreachable("the server lets this device not come back by itself");
    return undefined;
  }
}
