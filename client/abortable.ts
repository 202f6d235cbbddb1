/** Owns work that several callers wait for: they share one run of it, and each may stop waiting while it goes on for the others. */

/** `task` as a call that is never made twice at the same time: a call while another one runs gets the result of that one. */
export function shared<T>(task: () => Promise<T>): () => Promise<T> {
  let running: Promise<T> | undefined;
  return () =>
    (running ??= task().finally(() => {
      running = undefined;
    }));
}

/**
 * The result of `work`, or a rejection with the signal's reason as soon as the signal aborts; `onAbort` then ends what belongs to this caller alone.
 * A rejection that nobody handles is reported as unhandled, as that of `work` would be.
 */
export function abortable<T>(work: Promise<T>, signal: AbortSignal | undefined, onAbort?: () => void): Promise<T> {
  return signal === undefined ? work : unlessAborted(work, signal, onAbort);
}

async function unlessAborted<T>(work: Promise<T>, signal: AbortSignal, onAbort?: () => void): Promise<T> {
  let abort = (): void => undefined;
  const aborting = new Promise<void>((resolve) => {
    abort = () => {
      onAbort?.();
      resolve();
    };
    if (signal.aborted) abort();
    else signal.addEventListener("abort", abort);
  });
  const settled = work.then(
    () => undefined,
    () => undefined,
  );
  await Promise.race([aborting, settled]);
  signal.removeEventListener("abort", abort);
  signal.throwIfAborted();
  return await work;
}
