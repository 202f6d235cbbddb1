/** Owns the service worker's part in notifications: which event leads to what. */
/// <reference lib="webworker" />
import { createBackground } from "parley-sdk/background";
import { indexedDbStorage } from "parley-sdk/indexed-db";
import { PushStore } from "../pushes/push-store.ts";
import { unsentTag } from "../pushes/send-later.ts";
import { arrived } from "./arrived.ts";
import { clicked } from "./clicked.ts";
import { renewed } from "./renewed.ts";
import { sendUnsent } from "./unsent.ts";
import type { WorkerParts } from "./parts.ts";

declare const self: ServiceWorkerGlobalScope;

let made: WorkerParts | undefined;

/** Made when something is first asked of it: the browser also starts the worker for each file of the page. */
function parts(): WorkerParts {
  if (made !== undefined) return made;
  const storage = indexedDbStorage();
  made = {
    self,
    store: new PushStore(storage),
    background: createBackground({ baseUrl: self.location.origin, storage }),
    now: Date.now,
  };
  return made;
}

self.addEventListener("push", (event) => {
  const text = event.data?.text();
  if (text !== undefined) event.waitUntil(arrived(parts(), text));
});

self.addEventListener("notificationclick", (event) => {
  event.waitUntil(clicked(parts(), event));
});

self.addEventListener("pushsubscriptionchange", (event) => {
  event.waitUntil(renewed(parts()));
});

// Only some browsers have it, and no library of types.
self.addEventListener("sync", (event: Event) => {
  if (!(event instanceof ExtendableEvent) || !("tag" in event) || event.tag !== unsentTag) return;
  event.waitUntil(sendUnsent(parts()));
});
