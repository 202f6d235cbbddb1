/**
 * Owns what several tabs of one origin agree on: which tab writes the cache, which tab refreshes a session, and which unsent messages belong to a
 * tab that is gone. Without a lock manager (Node, Workers, plain http pages) this instance counts as the only one and has every lock.
 */
import type { Clock, LocksLike } from "../contract/platform.ts";
import { randomId } from "../platform.ts";

const prefix = "parley";
const lookEveryMs = 30_000;

export interface Standing {
  readonly onLead: () => void;
  /** Another tab has stolen the lock. */
  readonly onLost?: () => void;
  /** Steals the lock from the tab that has it, instead of waiting. */
  readonly steal?: boolean;
}

export interface Locks {
  /** This instance's name, under which it owns outbox entries. */
  readonly instance: string;
  /** Runs the task while no other tab runs one under the same name. */
  exclusive<T>(name: string, task: () => Promise<T>): Promise<T>;
  /** Whether other tabs can see the locks of this one. */
  readonly areShared: boolean;
  /** Calls `onLead` when this instance has the lock of this name; answers the function that releases it. */
  lead(name: string, standing: Standing): () => void;
  /** Whether some tab has the lock of this name. */
  isLed(name: string): Promise<boolean>;
  /** Calls `onEnd` as soon as that instance has ended; answers the function that stops the watching. */
  watchEnd(instance: string, onEnd: () => void): () => void;
  /** The names of the instances that run now, this one included. */
  alive(): Promise<ReadonlySet<string>>;
  /** Calls `onEnd` within half a minute after another instance has ended; answers the function that stops the watching. */
  watchEnds(onEnd: () => void): () => void;
  /** This instance does nothing more, though its page may go on: others may take over what it left. */
  end(): void;
}

/** `origin` keeps accounts of different servers apart. */
export function locksOf(origin: string, manager: LocksLike | undefined, clock: Clock): Locks {
  return manager === undefined ? aloneLocks() : sharedLocks(manager, origin, clock);
}

export function aloneLocks(): Locks {
  const instance = randomId();
  const tails = new Map<string, Promise<unknown>>();
  return {
    instance,
    exclusive: (name, task) => {
      const run = (tails.get(name) ?? Promise.resolve()).then(task);
      const tail = run
        .then(
          () => undefined,
          () => undefined,
        )
        .finally(() => {
          if (tails.get(name) === tail) tails.delete(name);
        });
      tails.set(name, tail);
      return run;
    },
    areShared: false,
    lead: (_name, { onLead }) => {
      let isCancelled = false;
      queueMicrotask(() => {
        if (!isCancelled) onLead();
      });
      return () => {
        isCancelled = true;
      };
    },
    isLed: () => Promise.resolve(true),
    watchEnd: () => () => undefined,
    alive: () => Promise.resolve(new Set([instance])),
    watchEnds: () => () => undefined,
    end: () => undefined,
  };
}

function sharedLocks(manager: LocksLike, origin: string, clock: Clock): Locks {
  const instance = randomId();
  const instancePrefix = `${prefix} tab `;
  const hold = (name: string, { onLead, onLost = () => undefined, steal = false }: Standing): (() => void) => {
    const abort = new AbortController();
    let state: "waits" | "held" | "released" = "waits";
    let release: (() => void) | undefined;
    const held = new Promise<void>((resolve) => {
      release = resolve;
    });
    manager
      .request(name, steal ? { steal } : { signal: abort.signal }, () => {
        if (state === "released") return Promise.resolve();
        state = "held";
        onLead();
        return held;
      })
      // The request rejects only if it is aborted, or if the lock is stolen.
      .catch(() => {
        if (state === "held") onLost();
      });
    return () => {
      state = "released";
      abort.abort();
      release?.();
    };
  };
  /** Instances whose end was seen. While others look at it, too, each has the lock of an ended instance for a moment. */
  const ended = new Set<string>();
  const alive = async () => {
    const { held = [] } = await manager.query();
    const names = held.flatMap(({ name }) =>
      name?.startsWith(instancePrefix) === true ? [name.slice(instancePrefix.length)] : [],
    );
    return new Set([...names.filter((name) => !ended.has(name)), instance]);
  };
  const leadOf = (name: string) => `${prefix} ${origin} link ${name}`;
  const end = hold(`${instancePrefix}${instance}`, { onLead: () => undefined });
  return {
    instance,
    // The types of lock managers unwrap the promise that the task answers, so its value is kept in a variable.
    exclusive: async (name, task) => {
      const done: { value: Awaited<ReturnType<typeof task>> }[] = [];
      await manager.request(`${prefix} ${origin} ${name}`, {}, async () => void done.push({ value: await task() }));
      const [answer] = done;
      if (answer === undefined) throw new Error("the lock manager did not run the task");
      return answer.value;
    },
    areShared: true,
    lead: (name, standing) => hold(leadOf(name), standing),
    isLed: async (name) => ((await manager.query()).held ?? []).some((lock) => lock.name === leadOf(name)),
    watchEnd: (other, onEnd) => {
      const abort = new AbortController();
      // The lock is free when that tab has ended.
      manager
        .request(`${instancePrefix}${other}`, { signal: abort.signal }, () => Promise.resolve())
        .then(
          () => {
            ended.add(other);
            if (!abort.signal.aborted) onEnd();
          },
          () => undefined,
        );
      return () => abort.abort();
    },
    alive,
    end,
    watchEnds: (onEnd) => {
      let before: ReadonlySet<string> = new Set();
      const look = async () => {
        const now = await alive();
        const hasEnded = [...before].some((name) => !now.has(name));
        before = now;
        if (hasEnded) onEnd();
      };
      let cancel = () => undefined as void;
      const lookAgain = () => {
        cancel = clock.after(lookEveryMs, lookAgain);
        look().catch(() => undefined);
      };
      look().catch(() => undefined);
      cancel = clock.after(lookEveryMs, lookAgain);
      return () => cancel();
    },
  };
}
