/** Owns the state of the account's link that programs see. While the link passes from one tab to another, the earlier state stays for a moment, so that nothing flickers. */
import type { ConnectionState, ConnectionStatus } from "../contract/account.ts";
import type { Clock } from "../contract/platform.ts";
import { State } from "../observable.ts";

/** How long that may take before the state changes. */
const passingMsMax = 3_000;

export class LinkState {
  readonly #clock: Clock;
  readonly #shown = new State<ConnectionState>({
    status: "connecting",
    isStale: true,
    retryAt: null,
    caughtUpAt: null,
  });
  /** The true state. While the link passes to another tab, it is not the one that programs see. */
  #state = this.#shown.getSnapshot();
  #cancelPassing: (() => void) | undefined;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  readonly subscribe = this.#shown.subscribe;
  readonly getSnapshot = this.#shown.getSnapshot;

  get status(): ConnectionStatus {
    return this.#state.status;
  }

  show(
    status: ConnectionStatus,
    { isStale, retryAt = null }: { isStale?: boolean; retryAt?: number | null } = {},
  ): void {
    const before = this.#state;
    const next: ConnectionState = {
      status,
      isStale: isStale ?? before.isStale,
      retryAt,
      caughtUpAt: isStale === false ? this.#clock.now() : before.caughtUpAt,
    };
    const isSame = next.status === before.status && next.isStale === before.isStale && next.retryAt === before.retryAt;
    // When it last caught up is reported only where something else changed, too.
    if (!isSame) this.#state = next;
    if (this.#cancelPassing !== undefined && (status === "connecting" || status === "catching-up")) return;
    this.#passed();
  }

  /** The link goes by another tab from now on. */
  passOn(): void {
    if (this.#shown.getSnapshot().status !== "online") return;
    this.#cancelPassing ??= this.#clock.after(passingMsMax, () => this.#passed());
  }

  close(): void {
    this.#cancelPassing?.();
  }

  #passed(): void {
    this.#cancelPassing?.();
    this.#cancelPassing = undefined;
    const [shown, state] = [this.#shown.getSnapshot(), this.#state];
    const isSame = shown.status === state.status && shown.isStale === state.isStale && shown.retryAt === state.retryAt;
    if (!isSame) this.#shown.set(state);
  }
}
