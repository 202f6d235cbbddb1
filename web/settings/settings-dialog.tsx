/** Owns the settings: a tab for each concern. */
import { t } from "@lingui/core/macro";
import { type JSX, useCallback, useDeferredValue, useLayoutEffect, useRef, useState } from "react";
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
import { Tab, TabBody, TabList, Tabs } from "./tabs.tsx";
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
  // The tab that is pressed is marked at once, and what it shows comes after that. On a phone it takes the place of the list, in one step.
  const later = useDeferredValue(shown);
  const body = isPhone ? shown : later;
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
      {/* Else the arrow keys of a phone would lead into the first tab that they meet. */}
      <Tabs value={shown} body={body} isChosenByFocus={!isPhone} onChoose={setChosen}>
        <TabList ref={list} label={t`Settings`} isHidden={isDeep}>
          {tabs().map(([value, icon, label], index) => (
            <Tab key={value} value={value} isFirst={index === 0}>
              <Icon name={icon} />
              <span>{label}</span>
              {isPhone && <Icon name="next" size={18} />}
            </Tab>
          ))}
        </TabList>
        {me === null && ["profile", "appearance", "privacy", "notifications"].includes(body) && (
          <div className="tab-body">
            <Unfetched error={error} onAgain={load} />
          </div>
        )}
        {me !== null && (
          <>
            <TabBody value="profile">
              <ProfileTab me={me} change={change} />
            </TabBody>
            <TabBody value="appearance">
              <AppearanceTab change={change} />
            </TabBody>
            <TabBody value="privacy">
              <PrivacyTab me={me} change={change} />
            </TabBody>
            <TabBody value="notifications">
              <NotificationsTab me={me} change={change} />
            </TabBody>
          </>
        )}
        <TabBody value="security">
          <SecurityTab />
        </TabBody>
        <TabBody value="devices">
          <DevicesTab />
        </TabBody>
        <TabBody value="password">
          <PasswordTab />
        </TabBody>
        <TabBody value="data">
          <DataTab />
        </TabBody>
        <TabBody value="blocked">
          <BlockedTab />
        </TabBody>
      </Tabs>
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
