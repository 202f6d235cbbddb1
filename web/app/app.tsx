/** Owns the app as a whole: it shows the entrance, or the account that is active. */
import { type JSX, useEffect, useState } from "react";
import { ToastProvider } from "../ui/toast.tsx";
import { AccountProvider } from "../accounts/account-context.ts";
import { forgetActive, isAnybodyRemembered, useActiveAccount } from "../accounts/active-account.ts";
import { firstIdle, later } from "../browser/later.tsx";
import { useIsVisible } from "../browser/observe.ts";
import { sometime } from "../browser/sometime.ts";
import { useObservable } from "parley-sdk/react";
import { parley } from "../accounts/parley.ts";
import { useTitleBadge, useUnread } from "../accounts/title-badge.ts";

const Entrance = later(async () => (await import("../entrance/entrance.tsx")).Entrance, { isFirst: true });
const Shell = later(async () => (await import("./shell.tsx")).Shell, { isFirst: true, isSoon: true });
const AtWork = later(async () => (await import("./at-work.tsx")).AtWork, { isAfterFirst: true, isSoon: true });
const DialogProvider = later(async () => (await import("./dialogs/dialogs.tsx")).DialogProvider, {
  isFirst: true,
  isSoon: true,
});
/** Fetched once the page is idle: then it is here when an account is signed out, also without network. */
const loadLeaving = () => sometime(() => import("./leaving.ts"));
// What will be shown first is fetched while the accounts are read. If it is the other one after all, that comes a little later.
for (const part of isAnybodyRemembered() ? [Shell, DialogProvider] : [Entrance]) part.fetch();

export function App(): JSX.Element | null {
  const accounts = useObservable(parley.accounts);
  const [isReady, setIsReady] = useState(false);
  const [isAdding, setIsAdding] = useState(false);
  const { active, activate } = useActiveAccount(accounts);
  const isVisible = useIsVisible();
  const unread = useUnread(accounts);
  useTitleBadge(unread);
  useEffect(() => {
    void parley.ready.then(() => setIsReady(true));
  }, []);
  useEffect(() => {
    for (const account of accounts) account.setForeground(isVisible);
  }, [accounts, isVisible]);
  useEffect(() => {
    if (accounts.length === 0) return undefined;
    void firstIdle.then(loadLeaving).then(({ sendLeftOver, sweepPictures }) => {
      for (const account of accounts) {
        sendLeftOver(account, parley.tabs).catch(() => undefined);
        sweepPictures(account).catch(() => undefined);
      }
    });
    return () => {
      const present = parley.accounts.getSnapshot();
      const gone = accounts.filter(({ userId }) => present.every((each) => each.userId !== userId));
      for (const { userId } of gone) forgetActive(userId);
      if (gone.length > 0) void loadLeaving().then(({ forget }) => gone.forEach(forget));
    };
  }, [accounts]);

  const screen = !isReady ? null : active === undefined || isAdding ? (
    <Entrance
      onEntered={(account) => {
        setIsAdding(false);
        activate(account.userId);
      }}
      {...(active === undefined ? {} : { onBack: () => setIsAdding(false) })}
    />
  ) : (
    <AccountProvider key={active.userId} value={active}>
      <ToastProvider>
        <DialogProvider>
          <Shell accounts={accounts} onSwitch={activate} onAdd={() => setIsAdding(true)} />
        </DialogProvider>
      </ToastProvider>
    </AccountProvider>
  );
  return (
    <>
      {isReady && <AtWork accounts={accounts} active={active} isReady={isReady} unread={unread} />}
      {screen}
    </>
  );
}
