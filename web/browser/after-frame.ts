/** Owns what may wait until the next frame is on screen. */
import { startTransition, useEffect, useState } from "react";

/** A page that nobody sees has no frames. */
const longestMs = 300;

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

/** False in the frame in which a component comes, so that the rest of it does not hold that frame up; what comes then is made in the pauses of the page. */
export function useIsFrameOver(): boolean {
  const [isOver, setIsOver] = useState(false);
  useEffect(() => afterFrame(() => startTransition(() => setIsOver(true))), []);
  return isOver;
}
