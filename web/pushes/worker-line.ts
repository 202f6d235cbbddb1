/** Owns what the service worker asks of a page, and how a page answers. */
import { type Place, readPlace } from "./payload.ts";

/** `shows`: does this page show that conversation to somebody? `open`: open it. A page answers true where it does. */
export interface WorkerAsk extends Place {
  readonly ask: "shows" | "open";
}

export interface PageAnswers {
  readonly shows: (place: Place) => boolean;
  readonly open: (place: Place) => void;
}

/** Answers the service worker from now on. */
export function answerWorker(container: ServiceWorkerContainer, { shows, open }: PageAnswers): void {
  container.addEventListener("message", ({ data, ports }: MessageEvent<unknown>) => {
    const place = readPlace(data);
    const ask = typeof data === "object" && data !== null && "ask" in data ? data.ask : undefined;
    if (place === undefined) return;
    if (ask === "shows") ports[0]?.postMessage(shows(place));
    if (ask !== "open") return;
    open(place);
    ports[0]?.postMessage(true);
  });
  container.startMessages();
}
