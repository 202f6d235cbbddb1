/** Owns what the app does as long as it is open, whatever it shows: notifications, the sound of a message, looking for a newer version. It comes after the first screen, and shows nothing. */
import type { Account } from "parley-sdk";
import { useSentLater } from "./sent-later.ts";
import { startNotifications, useNotifications } from "../notifications/use-notifications.ts";
import { startSounding } from "../sounds/attending.ts";
import { useSounds } from "../sounds/use-sounds.ts";
import { useNewVersion } from "../versions/new-version.ts";

startNotifications();
startSounding();

interface AtWorkProps {
  readonly accounts: readonly Account[];
  readonly active: Account | undefined;
  readonly isReady: boolean;
  /** The unread messages of all accounts. */
  readonly unread: number;
}

export function AtWork({ accounts, active, isReady, unread }: AtWorkProps): null {
  useNotifications(accounts, isReady, unread);
  useSounds(accounts, active);
  useSentLater(accounts);
  useNewVersion();
  return null;
}
