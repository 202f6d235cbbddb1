/** Owns switching between the accounts of this device, adding one, and leaving. */
import { Handle } from "../names/handle.tsx";
import { numberText } from "../texts/formats.ts";
import { cappedText, unreadText } from "../texts/counts.ts";
import { plural, t } from "@lingui/core/macro";
import { type JSX, useLayoutEffect, useMemo, useRef } from "react";
import type { Account } from "parley-sdk";
import { useIsPhone } from "../browser/observe.ts";
import { useUnread } from "./title-badge.ts";
import { Avatar } from "../names/avatar.tsx";
import { nameOf } from "../names/names.ts";
import { unreadOf } from "../pushes/app-badge.ts";
import { isFocusLost } from "../ui/focus.ts";
import { Icon } from "../ui/icons.tsx";
import { Menu, MenuItem, MenuLine } from "../ui/menu.tsx";
import { useAccount } from "./account-context.ts";
import { useSignOut } from "./sign-out/sign-out.tsx";
import { useObservable } from "parley-sdk/react";
import { useOpenDialog } from "../navigation/open-dialog.ts";

interface AccountMenuProps {
  readonly accounts: readonly Account[];
  readonly onSwitch: (userId: string) => void;
  readonly onAdd: () => void;
}

export function AccountMenu({ accounts, onSwitch, onAdd }: AccountMenuProps): JSX.Element {
  const account = useAccount();
  const user = useObservable(account.user);
  const openDialog = useOpenDialog();
  const { signOut, question } = useSignOut();
  const name = nameOf(user);
  // On a wide screen the rail shows each account with its number.
  const isPhone = useIsPhone();
  const others = useMemo(() => accounts.filter((each) => each !== account), [accounts, account]);
  const unreadElsewhere = useUnread(others);
  const elsewhere = isPhone ? unreadElsewhere : 0;

  return (
    <>
      <Menu
        label={t`Accounts`}
        align="start"
        trigger={
          <button
            type="button"
            className="account-button"
            aria-label={elsewhere > 0 ? elsewhereText(name, elsewhere) : t`Account: ${name}`}
          >
            <Avatar id={account.userId} name={name} url={user.avatarUrl} size="small" />
            {elsewhere > 0 && (
              <span className="badge account-badge" aria-hidden="true">
                {cappedText(elsewhere, 99)}
              </span>
            )}
          </button>
        }
      >
        {() => (
          <>
            {accounts.map((each) => (
              <MenuItem key={each.userId} onSelect={() => onSwitch(each.userId)}>
                <AccountLine account={each} isCurrent={each === account} />
              </MenuItem>
            ))}
            <MenuItem icon="plus" onSelect={onAdd}>
              {t`Add an account`}
            </MenuItem>
            <MenuLine />
            <MenuItem icon="link" onSelect={() => openDialog({ kind: "own-code" })}>{t`Add me: my link`}</MenuItem>
            <MenuItem icon="star" onSelect={() => openDialog({ kind: "starred" })}>{t`Starred messages`}</MenuItem>
            <MenuItem icon="settings" onSelect={() => openDialog({ kind: "settings" })}>{t`Settings`}</MenuItem>
            {!isPhone && (
              <MenuItem icon="keyboard" onSelect={() => openDialog({ kind: "shortcuts" })}>
                {t`Keyboard shortcuts`}
              </MenuItem>
            )}
            <MenuItem icon="leave" onSelect={signOut}>{t`Sign out`}</MenuItem>
          </>
        )}
      </Menu>
      {question}
    </>
  );
}

function elsewhereText(name: string, count: number): string {
  return t({
    message: `Account: ${name}. ${plural(count, { one: "# unread in other accounts", other: "# unread in other accounts" })}`,
    comment: "Name of the button that opens the menu of accounts, on a phone",
  });
}

function AccountLine({ account, isCurrent }: { account: Account; isCurrent: boolean }): JSX.Element {
  const user = useObservable(account.user);
  const unread = unreadOf(useObservable(account.inbox));
  return (
    <span className="account-line" data-testid="account-line">
      <Avatar id={account.userId} name={nameOf(user)} url={user.avatarUrl} size="small" />
      <span className="person-names">
        <bdi className="person-name">{nameOf(user)}</bdi>
        <Handle handle={user.handle} />
      </span>
      {unread > 0 && (
        <span className="badge" aria-label={unreadText(unread)}>
          {numberText(unread)}
        </span>
      )}
      {isCurrent && <Icon name="check" />}
    </span>
  );
}

/** Whether the focus was on the rail when it was removed. The app is made anew for each account, and the rail with it. */
let hadFocus = false;

/** All accounts at the edge of a wide screen, each with its number of unread messages. Shown where there are several. */
export function AccountRail({
  accounts,
  current,
  onSwitch,
  onAdd,
}: AccountMenuProps & { current: Account }): JSX.Element {
  const ref = useRef<HTMLElement>(null);
  useLayoutEffect(() => {
    const rail = ref.current;
    if (hadFocus && isFocusLost()) rail?.querySelector<HTMLElement>("[aria-current]")?.focus();
    hadFocus = false;
    return () => {
      hadFocus = rail?.contains(document.activeElement) === true;
    };
  }, []);
  return (
    <nav ref={ref} className="rail" aria-label={t`Accounts`}>
      {accounts.map((account) => (
        <RailButton
          key={account.userId}
          account={account}
          isCurrent={account === current}
          onPick={() => onSwitch(account.userId)}
        />
      ))}
      <button
        type="button"
        className="rail-button rail-add"
        aria-label={t`Add an account`}
        title={t`Add an account`}
        onClick={onAdd}
      >
        <Icon name="plus" />
      </button>
    </nav>
  );
}

interface RailButtonProps {
  readonly account: Account;
  readonly isCurrent: boolean;
  readonly onPick: () => void;
}

function RailButton({ account, isCurrent, onPick }: RailButtonProps): JSX.Element {
  const user = useObservable(account.user);
  const unread = unreadOf(useObservable(account.inbox));
  const name = nameOf(user);
  return (
    <button
      type="button"
      className="rail-button"
      aria-label={unread > 0 ? t`${name}, ${plural(unread, { one: "# unread", other: "# unread" })}` : name}
      aria-current={isCurrent ? "true" : undefined}
      title={user.handle === null ? name : `${name} @${user.handle}`}
      onClick={onPick}
    >
      <Avatar id={account.userId} name={name} url={user.avatarUrl} />
      {unread > 0 && <span className="badge rail-badge">{cappedText(unread, 99)}</span>}
    </button>
  );
}
