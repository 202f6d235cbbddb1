/** Owns how a waiting call is aborted: its caller stops waiting, and work that other callers share goes on. */

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
