/** Owns the settings: a tab for each concern. */
import { t } from "@lingui/core/macro";
import { Tabs } from "radix-ui";
import { type JSX, useCallback, useRef } from "react";
import type { Me, MePatch } from "parley-sdk";
import { useObservable } from "parley-sdk/react";
import { useAccount } from "../accounts/account-context.ts";
import { useFetched } from "../accounts/fetched.ts";
import { AppearanceTab } from "../appearance/appearance-tab.tsx";
import { Dialog } from "../ui/dialog.tsx";
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
    ["profile", t`Profile`],
    ["appearance", t({ message: "Appearance", comment: "Tab of the settings: theme, size of texts, language" })],
    ["privacy", t`Privacy`],
    ["notifications", t`Notifications`],
    ["security", t({ message: "Security", comment: "Tab of the settings: passkeys, second factor, recovery codes" })],
    ["devices", t`Devices`],
    ["password", t`Password`],
    ["data", t({ message: "Data", comment: "Tab of the settings: downloading all data, deleting the account" })],
    ["blocked", t({ message: "Blocked", comment: "Tab of the settings: the people whom one has blocked" })],
  ] as const;

interface SettingsDialogProps {
  /** The tab that is open at first. */
  readonly tab?: string | undefined;
  readonly onClose: () => void;
}

export function SettingsDialog({ tab = "profile", onClose }: SettingsDialogProps): JSX.Element {
  const { me, error, change, load } = useMe();
  return (
    <Dialog title={t`Settings`} onClose={onClose} isWide>
      <Tabs.Root className="tabs" defaultValue={tab}>
        <Tabs.List className="tab-list" aria-label={t`Settings`}>
          {tabs().map(([value, label]) => (
            <Tabs.Trigger key={value} className="tab" value={value}>
              {label}
            </Tabs.Trigger>
          ))}
        </Tabs.List>
        {me === null && (
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
