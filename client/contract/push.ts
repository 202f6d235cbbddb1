/** Owns what a program sees of pushes: the address to which the server sends those of this device. */
import type { CallOptions } from "./page.ts";

/** Where a push service takes the pushes of a device: the fields of a browser's `PushSubscription`, or the token of Firebase Cloud Messaging. */
export type PushAddress =
  | {
      readonly endpoint: string;
      readonly keys: { readonly p256dh: string; readonly auth: string };
      /** The server's key with which the subscription was made; without it, the server takes its present one. */
      readonly vapidPublicKey?: string;
    }
  | { readonly fcmToken: string };

/** The pushes of one account on this device. The address ends with the device: after a sign-out nothing is sent to it. */
export interface Push {
  /**
   * The server's key for the browser's `pushManager.subscribe`, as base64url; null where the server sends no pushes to browsers. A server may change it:
   * a subscription that was made with another key should be made anew.
   */
  serverKey(options?: CallOptions): Promise<string | null>;
  /** Sets the address, in place of an earlier one. Several accounts may have the same. Errors: `bad_request`, `unsupported`. */
  subscribe(address: PushAddress): Promise<void>;
  /** Ends the pushes to this device. If there are none, nothing changes. */
  unsubscribe(): Promise<void>;
}
