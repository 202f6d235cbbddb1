/** Owns how a call that waits is given up: the caller stops waiting, and what others share goes on. */

/**
 * The result of `work`, or a rejection with the signal's reason as soon as it aborts; `onAbort` then ends what is the caller's alone.
 * As with a promise that nobody looks at, a rejection of it is unhandled where that of `work` would be.
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
