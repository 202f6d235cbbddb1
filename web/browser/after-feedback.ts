/** Owns what comes in the frame after the one that answers a press or a key, because it takes longer to draw than the answer itself. */
import { afterFrame } from "./after-frame.ts";

const waiting: (() => void)[] = [];
let takeBack = (): void => undefined;

/**
 * The task comes when the next frame is on screen; before whatever is pressed or written meanwhile, and before the page is hidden or ends. Tasks come in the order in which
 * they were given.
 */
export function afterFeedback(task: () => void): void {
  waiting.push(task);
  if (waiting.length === 1) takeBack = afterFrame(run);
}

function run(): void {
  takeBack();
  for (let task = waiting.shift(); task !== undefined; task = waiting.shift()) task();
}

if (typeof window === "object") {
  const soonest = ["pointerdown", "keydown", "input", "pagehide", "visibilitychange"];
  for (const event of soonest) addEventListener(event, run, true);
}
