/** Owns the settings: a tab for each concern. */
import { t } from "@lingui/core/macro";
import { Tabs } from "radix-ui";
import { type JSX, useCallback, useLayoutEffect, useRef, useState } from "react";
import type { Me, MePatch } from "parley-sdk";
import { useObservable } from "parley-sdk/react";
import { useAccount } from "../accounts/account-context.ts";
import { useFetched } from "../accounts/fetched.ts";
import { AppearanceTab } from "../appearance/appearance-tab.tsx";
import { useIsPhone } from "../browser/observe.ts";
import { useBackCloses } from "../navigation/back.ts";
import { Dialog } from "../ui/dialog.tsx";
import { Icon, type IconName } from "../ui/icons.tsx";
import { Unfetched } from "../accounts/unfetched.tsx";
import { NotificationsTab } from "../notifications/notifications-tab.tsx";
import { SecurityTab } from "../security/security-tab.tsx";
import { BlockedTab } from "./blocked-tab.tsx";
import { DataTab } from "./data-tab.tsx";
import { DevicesTab } from "./devices-tab.tsx";
import { PasswordTab } from "./password-tab.tsx";
import { PrivacyTab } from "./privacy-tab.tsx";
import { ProfileTab } from "./profile-tab.tsx";
import "./settings.css";

const tabs = () =>
  [
    ["profile", "person", t`Profile`],
    [
      "appearance",
      "look",
      t({ message: "Appearance", comment: "Tab of the settings: theme, size of texts, language" }),
    ],
    ["privacy", "eye", t`Privacy`],
    ["notifications", "bell", t`Notifications`],
    [
      "security",
      "shield",
      t({ message: "Security", comment: "Tab of the settings: passkeys, second factor, recovery codes" }),
    ],
    ["devices", "system", t`Devices`],
    ["password", "lock", t`Password`],
    [
      "data",
      "download",
      t({ message: "Data", comment: "Tab of the settings: downloading all data, deleting the account" }),
    ],
    ["blocked", "blocked", t({ message: "Blocked", comment: "Tab of the settings: the people whom one has blocked" })],
  ] as const satisfies readonly (readonly [string, IconName, string])[];

interface SettingsDialogProps {
  /** The tab that is open at first. */
  readonly tab?: string | undefined;
  readonly onClose: () => void;
}

export function SettingsDialog({ tab, onClose }: SettingsDialogProps): JSX.Element {
  const { me, error, change, load } = useMe();
  const isPhone = useIsPhone();
  const [chosen, setChosen] = useState(tab);
  // A phone shows the list of the tabs first, then one of them in its place.
  const isDeep = isPhone && chosen !== undefined;
  const shown = chosen ?? (isPhone ? "" : "profile");
  const left = useRef<string>(undefined);
  const toList = () => {
    left.current = chosen;
    setChosen(undefined);
  };
  useBackCloses(isDeep, toList);
  const list = useRef<HTMLDivElement>(null);
  useLayoutEffect(() => {
    if (!isDeep && left.current !== undefined)
      list.current?.querySelector<HTMLElement>(`[data-tab="${left.current}"]`)?.focus();
  }, [isDeep]);
  const title = isDeep ? tabs().find(([value]) => value === chosen)?.[2] : undefined;
  return (
    <Dialog title={title ?? t`Settings`} onClose={onClose} onBack={isDeep ? toList : undefined} isWide>
      <Tabs.Root
        className="tabs"
        value={shown}
        onValueChange={setChosen}
        orientation="vertical"
        // Else the arrow keys would lead into the first tab that they meet.
        activationMode={isPhone ? "manual" : "automatic"}
      >
        <Tabs.List ref={list} className="tab-list" aria-label={t`Settings`} hidden={isDeep}>
          {tabs().map(([value, icon, label]) => (
            <Tabs.Trigger key={value} className="tab" value={value} data-tab={value}>
              <Icon name={icon} />
              <span>{label}</span>
              {isPhone && <Icon name="next" size={18} />}
            </Tabs.Trigger>
          ))}
        </Tabs.List>
        {me === null && ["profile", "appearance", "privacy", "notifications"].includes(shown) && (
          <div className="tab-body">
            <Unfetched error={error} onAgain={load} />
          </div>
        )}
        {me !== null && (
          <>
            <Tabs.Content className="tab-body" value="profile">
              <ProfileTab me={me} change={change} />
            </Tabs.Content>
            <Tabs.Content className="tab-body" value="appearance">
              <AppearanceTab change={change} />
            </Tabs.Content>
            <Tabs.Content className="tab-body" value="privacy">
              <PrivacyTab me={me} change={change} />
            </Tabs.Content>
            <Tabs.Content className="tab-body" value="notifications">
              <NotificationsTab me={me} change={change} />
            </Tabs.Content>
          </>
        )}
        <Tabs.Content className="tab-body" value="security">
          <SecurityTab />
        </Tabs.Content>
        <Tabs.Content className="tab-body" value="devices">
          <DevicesTab />
        </Tabs.Content>
        <Tabs.Content className="tab-body" value="password">
          <PasswordTab />
        </Tabs.Content>
        <Tabs.Content className="tab-body" value="data">
          <DataTab />
        </Tabs.Content>
        <Tabs.Content className="tab-body" value="blocked">
          <BlockedTab />
        </Tabs.Content>
      </Tabs.Root>
    </Dialog>
  );
}

interface MeState {
  readonly me: Me | null;
  readonly error: unknown;
  readonly change: (patch: MePatch) => Promise<void>;
  readonly load: () => void;
}

function useMe(): MeState {
  const account = useAccount();
  const settings = useObservable(account.settings);
  const ask = useCallback((signal: AbortSignal) => account.me({ signal }), [account]);
  const { value, error, reload, put } = useFetched(ask);
  // One change after the other: an answer that comes late must not show again what a later change has replaced.
  const last = useRef<Promise<unknown>>(Promise.resolve());
  const change = useCallback(
    async (patch: MePatch) => {
      const changed = last.current.then(() => account.patchMe(patch));
      last.current = changed.catch(() => undefined);
      put(await changed);
    },
    [account, put],
  );
  // Another tab or device may change the settings while they are on screen.
  const me = value === undefined ? null : { ...value, settings: settings ?? value.settings };
  return { me, error, change, load: () => void reload() };
}
