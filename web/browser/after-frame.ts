/** Owns what may wait until the next frame is on screen. */
import { startTransition, useEffect, useState } from "react";

/** A page that nobody sees has no frames. */
const longestMs = 300;
/** A key that is held longer is not waited for. */
const longestKeyMs = 200;

let isKeyDown = false;

if (typeof window === "object") {
  addEventListener("keydown", () => (isKeyDown = true), true);
  for (const end of ["keyup", "blur"]) addEventListener(end, () => (isKeyDown = false), true);
  for (const end of ["pointerdown", "keydown", "input", "pagehide", "visibilitychange"])
    addEventListener(end, runWaiting, true);
}

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

let waiting: (() => void)[] = [];
let takeWaitingBack = (): void => undefined;

/**
 * Runs a task after the frame that answers the present press or key. It is for a task that takes longer to draw than the answer, as a new message. The task runs earlier if
 * something is pressed or written, or if the page is hidden or ends. Tasks run in the order in which they were given; one that throws does not keep the others.
 */
export function afterFeedback(task: () => void): void {
  waiting.push(task);
  if (waiting.length === 1) takeWaitingBack = afterFrame(runWaiting);
}

function runWaiting(): void {
  takeWaitingBack();
  const tasks = waiting;
  waiting = [];
  for (const task of tasks)
    try {
      task();
    } catch (error) {
      reportError(error);
    }
}

/**
 * After the next frame; where a key is down, after the frame that follows its end, which is to be answered soon, too. Whatever is pressed meanwhile does not wait: the
 * task comes before it.
 */
export function afterAnswer(task: () => void): void {
  if (!isKeyDown) return void afterFrame(task);
  const waiting = new AbortController();
  const go = (isNow: boolean) => {
    if (waiting.signal.aborted) return;
    waiting.abort();
    clearTimeout(timer);
    if (isNow) task();
    else afterFrame(task);
  };
  const timer = setTimeout(() => go(false), longestKeyMs);
  const options = { capture: true, signal: waiting.signal };
  addEventListener("keyup", () => go(false), options);
  addEventListener("pointerdown", () => go(true), options);
  const onNextKey = ({ repeat }: KeyboardEvent) => {
    if (!repeat) go(true);
  };
  // The key that is down is on its way through the page.
  setTimeout(() => waiting.signal.aborted || addEventListener("keydown", onNextKey, options), 0);
}

/** What the value was until a frame ago; what follows from it is made in the pauses of the page. */
export function useAfterFrame<T>(value: T): T {
  const [shown, setShown] = useState(value);
  useEffect(() => afterFrame(() => startTransition(() => setShown(value))), [value]);
  return shown;
}

/** False in the frame in which a component comes, so that the rest of it does not hold that frame up; what comes then is made in the pauses of the page. */
export function useIsFrameOver(): boolean {
  const [isOver, setIsOver] = useState(false);
  useEffect(() => afterFrame(() => startTransition(() => setIsOver(true))), []);
  return isOver;
}
