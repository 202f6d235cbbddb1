/** Owns what a component asks the server for and shows: it is asked for again when the link was lost and is back. Meanwhile what is known stays on screen. */
import { useCallback, useEffect, useRef, useState } from "react";
import { useLinks } from "./linked.ts";

export interface Fetched<T> {
  /** Undefined until the first answer. */
  readonly value: T | undefined;
  /** Why the latest question failed, as it was thrown; undefined where it did not. */
  readonly error: unknown;
  /** Asks again. Resolves when there is an answer, whatever it is. */
  readonly reload: () => Promise<void>;
  /** Shows what is known by another way, as by the answer to a change. A question under way is given up. */
  readonly put: (value: T) => void;
}

/** `ask` has to be the same function as long as it asks the same; null asks nothing. What another `ask` has answered stays until this one has. */
export function useFetched<T>(ask: ((signal: AbortSignal) => Promise<T>) | null): Fetched<T> {
  const links = useLinks();
  const [answer, setAnswer] = useState<{ readonly value: T | undefined; readonly error: unknown }>(nothing);
  const asked = useRef<AbortController>(null);
  const reload = useCallback((): Promise<void> => {
    asked.current?.abort();
    if (ask === null) return Promise.resolve();
    const mine = new AbortController();
    asked.current = mine;
    return ask(mine.signal).then(
      (value) => {
        if (!mine.signal.aborted) setAnswer({ value, error: undefined });
      },
      (error: unknown) => {
        if (!mine.signal.aborted) setAnswer(({ value }) => ({ value, error }));
      },
    );
  }, [ask]);
  const put = useCallback((value: T) => {
    asked.current?.abort();
    setAnswer({ value, error: undefined });
  }, []);
  useEffect(() => {
    void reload();
    return () => asked.current?.abort();
  }, [reload, links]);
  return { ...answer, reload, put };
}

const nothing = { value: undefined, error: undefined };
