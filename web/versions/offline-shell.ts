/** Owns registering the service worker, which lets the app load without network. */

declare global {
  interface Window {
    /** Only some browsers have trusted types. They accept a script address that is made here where they refuse a string. */
    readonly trustedTypes?: {
      createPolicy(
        name: string,
        rules: { createScriptURL(address: string): string },
      ): { createScriptURL(address: string): string };
    };
  }
}

/** The content security policy accepts script addresses from this policy alone (trusted types), and this address is the only one. */
function workerAddress(): string {
  const path = "/service-worker.js";
  const policy = window.trustedTypes?.createPolicy("parley", { createScriptURL: () => path });
  return policy === undefined ? path : policy.createScriptURL(path);
}

export function keepShell(): void {
  if (!("serviceWorker" in navigator) || import.meta.env.DEV) return;
  navigator.serviceWorker.register(workerAddress(), { updateViaCache: "none" }).catch(() => {
    // Private windows and some browsers refuse to register it. The app works there as long as there is network.
  });
}
