/** Owns registering the service worker, which lets the app load without network. */

declare global {
  interface Window {
    /** In browsers that check them. What it makes is no string, but is taken wherever an address of a script is. */
    readonly trustedTypes?: {
      createPolicy(
        name: string,
        rules: { createScriptURL(address: string): string },
      ): { createScriptURL(address: string): string };
    };
  }
}

/** The page accepts script addresses only from here (trusted types), and there is only one. */
function workerAddress(): string {
  const path = "/service-worker.js";
  const policy = window.trustedTypes?.createPolicy("parley", { createScriptURL: () => path });
  return policy === undefined ? path : policy.createScriptURL(path);
}

export function keepShell(): void {
  if (!("serviceWorker" in navigator) || import.meta.env.DEV) return;
  navigator.serviceWorker.register(workerAddress(), { updateViaCache: "none" }).catch(() => {
    // Private windows and odd browsers: the app works, only not without network.
  });
}
