/**
 * Owns which uploads are being completed, and who waits for them. This is only in memory: if the object forgets it, two gateways do the same work, and the first
 * report counts.
 */
import { uploadBounds } from "../../../schema/bounds/uploads.ts";
import { now } from "../platform/clock.ts";

type Running = { until: number; done: Promise<void>; end: () => void };

export class Completions {
  readonly #running = new Map<string, Running>();

  isRunning(name: string): boolean {
    const running = this.#running.get(name);
    return running !== undefined && running.until > now();
  }

  begin(name: string): void {
    this.end(name);
    const { promise, resolve } = Promise.withResolvers<void>();
    this.#running.set(name, { until: now() + uploadBounds.completingMs, done: promise, end: resolve });
  }

  /** It is done, has failed, or is given up: those who wait look afresh. */
  end(name: string): void {
    this.#running.get(name)?.end();
    this.#running.delete(name);
  }

  /** Resolves when it ends, or after a while. */
  async wait(name: string): Promise<void> {
    const running = this.#running.get(name);
    if (running === undefined) return;
    let timer: ReturnType<typeof setTimeout> | undefined;
    const late = new Promise<void>((resolve) => (timer = setTimeout(resolve, uploadBounds.joinMs)));
    await Promise.race([running.done, late]);
    clearTimeout(timer);
  }
}
