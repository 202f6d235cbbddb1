/** Owns what the service worker does with the app's windows: it asks what they show, and brings one to the front. */
import { type Place } from "../pushes/payload.ts";
import type { WorkerAsk } from "../pushes/worker-line.ts";

/** A page that is frozen does not answer in this time. Then it counts as showing nothing. After a click, because the browser lets a window be opened only soon after it. */
const answerMsMax = 500;
/** The same of a visible page, before a notification. It is rarely frozen, but may be busy with the very message. */
const visibleAnswerMsMax = 2_000;

/** Whether a visible window shows the conversation, of that account. */
export async function isShown(clients: Clients, place: Place): Promise<boolean> {
  const visible = (await windowsOf(clients)).filter(({ visibilityState }) => visibilityState === "visible");
  const answers = await Promise.all(visible.map((window) => asked(window, "shows", place, visibleAnswerMsMax)));
  return answers.includes(true);
}

/** Opens the conversation in a window: best one that shows it, else the one that was used last, else a new one. `address` is the page's. */
export async function openPlace(clients: Clients, place: Place, address: string): Promise<void> {
  const windows = await windowsOf(clients);
  const shows = await Promise.all(windows.map((window) => asked(window, "shows", place)));
  for (const window of [...windows.filter((_window, i) => shows[i] === true), ...windows]) {
    if (!(await asked(window, "open", place))) continue;
    // The browser refuses where no click of the user has led here. The conversation is open all the same.
    await window.focus().catch(() => undefined);
    return;
  }
  await clients.openWindow(address);
}

/** The window that was in front last comes first. */
async function windowsOf(clients: Clients): Promise<readonly WindowClient[]> {
  return await clients.matchAll({ type: "window", includeUncontrolled: true });
}

async function asked(
  window: WindowClient,
  ask: WorkerAsk["ask"],
  place: Place,
  msMax: number = answerMsMax,
): Promise<boolean> {
  const { port1, port2 } = new MessageChannel();
  const question: WorkerAsk = { ask, ...place };
  try {
    return await new Promise<boolean>((resolve) => {
      setTimeout(() => resolve(false), msMax);
      port1.addEventListener("message", ({ data }: MessageEvent<unknown>) => resolve(data === true));
      port1.start();
      window.postMessage(question, [port2]);
    });
  } finally {
    port1.close();
  }
}
