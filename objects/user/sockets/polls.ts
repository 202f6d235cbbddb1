/** Owns the waiting of long polls: until the inbox changes, the wait is over, the client is gone, or its device is signed out. */
import type { DeviceId } from "../../../schema/ids.ts";

export type Woken = "changed" | "late" | "revoked";

type Waiter = { deviceId: DeviceId; end: (why: Woken) => void };

export class Polls {
  readonly #waiting = new Set<Waiter>();

  get isAny(): boolean {
    return this.#waiting.size > 0;
  }

  async wait(deviceId: DeviceId, waitMs: number, signal: AbortSignal): Promise<Woken> {
    return await new Promise<Woken>((resolve) => {
      const end = (why: Woken): void => {
        if (!this.#waiting.delete(waiter)) return;
        clearTimeout(timer);
        signal.removeEventListener("abort", gone);
        resolve(why);
      };
      const gone = (): void => end("late");
      const waiter: Waiter = { deviceId, end };
      const timer = setTimeout(() => end("late"), waitMs);
      this.#waiting.add(waiter);
      signal.addEventListener("abort", gone);
      if (signal.aborted) gone();
    });
  }

  /** The inbox changed. */
  wake(): void {
    for (const waiter of [...this.#waiting]) waiter.end("changed");
  }

  closeDevice(deviceId: DeviceId): void {
    for (const waiter of [...this.#waiting]) if (waiter.deviceId === deviceId) waiter.end("revoked");
  }
}
