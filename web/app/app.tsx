/** Owns the app as a whole: it shows the entrance, or the account that is active. */
import { forgetChosenFiles } from "../conversation/composer/chosen-files.ts";
import { forgetPictures, sweepPictures } from "../media/kept-pictures.ts";
import { player } from "../voice/playing.ts";
import { type JSX, useEffect, useState } from "react";
import type { Account } from "parley-sdk";
import { draftsPrefix } from "../conversation/composer/drafts.ts";
import { emojiPrefix, forgetUsed } from "../emoji/recent.ts";
import { sendingPrefix, sendLeftOver } from "../conversation/sending.ts";
import { ToastProvider } from "../ui/toast.tsx";
import { AccountProvider } from "../accounts/account-context.ts";
import { forgetActive, isAnybodyRemembered, useActiveAccount } from "../accounts/active-account.ts";
import { kept } from "../browser/kept.ts";
import { fetchLaterParts, later } from "../browser/later.tsx";
import { useIsVisible } from "../browser/observe.ts";
import { useObservable } from "parley-sdk/react";
import { parley } from "../accounts/parley.ts";
import { thisDevice } from "../notifications/this-device.ts";
import { useNotifications } from "../notifications/use-notifications.ts";
import { useSounds } from "../sounds/use-sounds.ts";
import { useNewVersion } from "../versions/new-version.ts";
import { useTitleBadge, useUnread } from "../accounts/title-badge.ts";

const Entrance = later(async () => (await import("../entrance/entrance.tsx")).Entrance);
const Shell = later(async () => (await import("./shell.tsx")).Shell);
const DialogProvider = later(async () => (await import("./dialogs.tsx")).DialogProvider);
// What will be shown first is fetched while the accounts are read. If it is the other one after all, that comes a little later.
for (const part of isAnybodyRemembered() ? [Shell, DialogProvider] : [Entrance]) part.fetch();

/** Removes what this browser keeps of accounts that were signed out, here or in another tab. */
function forgetThoseGone(before: readonly Account[], now: readonly Account[]): void {
  for (const { userId } of before) {
    if (now.some((account) => account.userId === userId)) continue;
    forgetUsed(userId);
    for (const prefix of [draftsPrefix(userId), sendingPrefix(userId), emojiPrefix(userId)])
      for (const key of kept.keys(prefix)) kept.remove(key);
    forgetActive(userId);
    void thisDevice.forget(userId);
    player.forget(userId);
    forgetChosenFiles(userId);
    void forgetPictures(userId);
  }
}

export function App(): JSX.Element | null {
  const accounts = useObservable(parley.accounts);
  const [isReady, setIsReady] = useState(false);
  const [isAdding, setIsAdding] = useState(false);
  const { active, activate } = useActiveAccount(accounts);
  const isVisible = useIsVisible();
  const unread = useUnread(accounts);
  useTitleBadge(unread);
  useNotifications(accounts, isReady, unread);
  useSounds(accounts, active);
  useNewVersion();
  useEffect(() => {
    void parley.ready.then(() => setIsReady(true));
  }, []);
  useEffect(() => {
    if (isReady) fetchLaterParts();
  }, [isReady]);
  useEffect(() => {
    for (const account of accounts) account.setForeground(isVisible);
  }, [accounts, isVisible]);
  useEffect(() => {
    for (const account of accounts) {
      sendLeftOver(account, parley.tabs).catch(() => undefined);
      sweepPictures(account).catch(() => undefined);
    }
    return () => forgetThoseGone(accounts, parley.accounts.getSnapshot());
  }, [accounts]);

  if (!isReady) return null;
  if (active === undefined || isAdding)
    return (
      <Entrance
        onEntered={(account) => {
          setIsAdding(false);
          activate(account.userId);
        }}
        {...(active === undefined ? {} : { onBack: () => setIsAdding(false) })}
      />
    );
  return (
    <AccountProvider key={active.userId} value={active}>
      <ToastProvider>
        <DialogProvider>
          <Shell accounts={accounts} onSwitch={activate} onAdd={() => setIsAdding(true)} />
        </DialogProvider>
      </ToastProvider>
    </AccountProvider>
  );
}
