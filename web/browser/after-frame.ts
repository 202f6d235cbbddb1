/** Owns what may wait until the next frame is on screen. */

/** A page that nobody sees has no frames. */
const longestMs = 100;

/** Answers the function that takes the task back. */
export function afterFrame(task: () => void): () => void {
  let timer = setTimeout(task, longestMs);
  const frame = requestAnimationFrame(() => {
    clearTimeout(timer);
    timer = setTimeout(task, 0);
  });
  return () => {
    cancelAnimationFrame(frame);
    clearTimeout(timer);
  };
}
