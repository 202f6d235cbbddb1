/// <reference lib="webworker" />
/**
 * Owns the app's files for the time without network: the page and what it loads, nothing else. Messages are in the SDK's cache,
 * and the API is never answered from here. What it does for notifications is in worker/.
 *
 * The build fills in the list of files, so each build makes another worker. The browser installs it beside the old one, and it
 * takes over at once. The files of the previous build are kept until the next one, for pages that are still open.
 */

import "./worker/notify.ts";
import { keepShared } from "./share/shared.ts";
import { tagsOf } from "./texts/locales.ts";

declare const self: ServiceWorkerGlobalScope;

/** Filled in by the build: a name for this build, its files, and the files of its languages, of which each browser needs one at most: the texts, and the names of emoji. */
declare const shell: {
  readonly build: string;
  readonly files: readonly string[];
  readonly languages: Readonly<Record<string, readonly string[]>>;
  readonly emoji: Readonly<Record<string, string>>;
};

const prefix = "parley-shell-";
const cacheName = prefix + shell.build;
const files = new Set(shell.files);
const catalogs = new Set(Object.values(shell.languages).flat());
const page = "/";
/** If the server takes longer, the page in the cache is shown. */
const patienceMs = 3_000;

self.addEventListener("install", (event) => {
  event.waitUntil(
    (async () => {
      const cache = await caches.open(cacheName);
      const needed = [...shell.files, ...(await wantedCatalogs())];
      await cache.addAll(needed.map((file) => new Request(file, { cache: "no-cache" })));
      await self.skipWaiting();
    })(),
  );
});

self.addEventListener("activate", (event) => {
  event.waitUntil(
    (async () => {
      const names = (await caches.keys()).filter((name) => name.startsWith(prefix) && name !== cacheName);
      await Promise.all(names.slice(0, -1).map((name) => caches.delete(name)));
      await self.clients.claim();
    })(),
  );
});

self.addEventListener("fetch", (event) => {
  const { request } = event;
  const url = new URL(request.url);
  if (request.method === "POST" && url.origin === self.location.origin && url.pathname === "/share")
    return event.respondWith(keepShared(request, Date.now()));
  if (request.method !== "GET" || url.origin !== self.location.origin) return;
  if (request.mode === "navigate" && !/^\/(?:v1|docs)(?:\/|$)/.test(url.pathname))
    event.respondWith(answerPage(request));
  else if (files.has(url.pathname) || url.pathname.startsWith("/assets/")) event.respondWith(answerFile(request));
});

/** The catalogs among which the page may choose one for this browser, those of languages that it spoke before (the user may have chosen one), and the names of emoji in the same languages. */
async function wantedCatalogs(): Promise<string[]> {
  const wanted = new Set(navigator.languages.flatMap(tagsOf));
  const names = (await caches.keys()).filter((name) => name.startsWith(prefix));
  const kept = await Promise.all(names.map(async (name) => await (await caches.open(name)).keys()));
  const paths = kept.flat().map(({ url }) => new URL(url).pathname);
  const spoken = Object.keys(shell.languages).filter(
    (locale) => wanted.has(locale) || paths.some((path) => path.startsWith(`/assets/${locale}-`)),
  );
  const emoji = [...new Set([...wanted, ...spoken])].flatMap((locale) => shell.emoji[locale] ?? []);
  const catalogs = spoken.flatMap((locale) => shell.languages[locale] ?? []);
  // Where there are no names in the browser's languages, the English ones are shown.
  return [...catalogs, ...(emoji.length > 0 ? emoji : [shell.emoji["en"] ?? []].flat())];
}

/** The server's answer (the page, or that the address is not found) if it comes in time, else the page in the cache. */
async function answerPage(request: Request): Promise<Response> {
  const kept = await (await caches.open(cacheName)).match(page);
  if (kept === undefined) return fetch(request);
  try {
    const fresh = await fetch(request, { signal: AbortSignal.timeout(patienceMs) });
    return fresh.status < 500 ? fresh : kept;
  } catch {
    return kept;
  }
}

async function answerFile(request: Request): Promise<Response> {
  const kept = await (await caches.open(cacheName)).match(request, { ignoreVary: true });
  const found = kept ?? (await caches.match(request, { ignoreVary: true }));
  if (found !== undefined) return found;
  const fresh = await fetch(request);
  // The catalog of a language that the user has chosen. The names of these files change with what is in them.
  if (fresh.ok && catalogs.has(new URL(request.url).pathname))
    await (await caches.open(cacheName)).put(request, fresh.clone()).catch(() => undefined);
  return fresh;
}
