/** Owns what is fetched in the background and has to come some time, though nobody waits for it. */

const firstWaitMs = 5_000;
const longestWaitMs = 3_600_000;

/** Tries until it succeeds: with the next network, and after waits that grow, for a server that does not answer is no loss of the network. */
export async function sometime<T>(load: () => Promise<T>): Promise<T> {
  for (let waitMs = firstWaitMs; ; waitMs = Math.min(2 * waitMs, longestWaitMs)) {
    try {
      return await load();
    } catch {
      await networkOr(waitMs);
    }
  }
}

function networkOr(waitMs: number): Promise<void> {
  return new Promise((resolve) => {
    const end = () => {
      clearTimeout(timer);
      removeEventListener("online", end);
      resolve();
    };
    const timer = setTimeout(end, waitMs);
    addEventListener("online", end);
  });
}
