/** Owns a program with the SDK that a test starts, ends and starts again on the same storage, against a server that the test writes. Its sockets never open. */
import { createParley, memoryStorage, type Parley, type Storage } from "../../../client/index.ts";
import type { FakeServer } from "./fake-fetch.ts";
import { FakeNetwork } from "./socket-pair.ts";
import type { WoundClock } from "../wound-clock.ts";

export interface RestartableParley {
  readonly storage: Storage;
  readonly start: () => Parley;
  /** The network is back. */
  readonly wakeUp: () => void;
  /** All keys in the storage. */
  readonly left: () => Promise<string[]>;
}

export function restartableParley(
  server: FakeServer,
  clock: WoundClock,
  storage: Storage = memoryStorage(),
): RestartableParley {
  const listeners = new Set<() => void>();
  const subscribe = (listener: () => void): (() => void) => {
    listeners.add(listener);
    return () => listeners.delete(listener);
  };
  return {
    storage,
    start: () =>
      createParley({
        baseUrl: "http://server",
        fetch: server.fetch,
        WebSocket: new FakeNetwork().WebSocket,
        storage,
        clock,
        random: () => 0.5,
        wakeups: { isOffline: () => false, subscribe },
      }),
    wakeUp: () => listeners.forEach((listener) => listener()),
    left: async () => (await storage.list({ from: "", to: "~" })).map(([key]) => key),
  };
}
