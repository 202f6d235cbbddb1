const everyMs = 10;

/**
 * How long the machine has held this process up, from the call until the function that is answered is called: a timer that should go off every 10 ms is late by it. Where a promise
 * bounds a time, that much is taken off what was measured. It is the machine's, and what the product waits for is not in it.
 */
export function heldUpSince(): () => number {
  let [last, ms] = [Date.now(), 0];
  const look = () => {
    const at = Date.now();
    ms += Math.max(0, at - last - 2 * everyMs);
    last = at;
  };
  const timer = setInterval(look, everyMs);
  return () => {
    clearInterval(timer);
    look();
    return ms;
  };
}
