/** Owns the line that says how many have read up to a message of a group, and the list of them that it opens. */
import { plural, t } from "@lingui/core/macro";
import { Trans } from "@lingui/react/macro";
import { type JSX, useMemo } from "react";
import { useObservable } from "parley-sdk/react";
import type { Message } from "parley-sdk";
import { useAccount } from "../../accounts/account-context.ts";
import { Avatar } from "../../names/avatar.tsx";
import { nameOf } from "../../names/names.ts";
import { usePerson } from "../../people/people.ts";
import { ListOf } from "../../texts/list-of.tsx";
import { Menu, MenuItem } from "../../ui/menu.tsx";
import { useActions } from "../actions.ts";
import { useReachIndex } from "./reach.ts";
import { readersOf } from "./receipts.ts";

/** So many readers are named; of more there is the number. */
const namedMax = 2;

export function SeenBy({ message }: { message: Message }): JSX.Element | null {
  const account = useAccount();
  const { conversation, showPerson } = useActions();
  const receipts = useObservable(conversation.receipts);
  const reachIndex = useReachIndex();
  const readers = useMemo(() => readersOf(message, receipts, account.userId), [message, receipts, account]);
  if (readers.length === 0) return null;
  const names = (
    <ListOf
      items={readers.slice(0, namedMax).map((userId) => (
        <Name key={userId} userId={userId} />
      ))}
    />
  );
  return (
    <Menu
      label={t`Seen by`}
      trigger={
        <button type="button" className="seen-by" data-testid="readers" tabIndex={reachIndex}>
          {readers.length > namedMax ? (
            <span>{plural(readers.length, { one: "Seen by #", other: "Seen by #" })}</span>
          ) : (
            <Trans comment="Below a message: who has read it">Seen by {names}</Trans>
          )}
        </button>
      }
    >
      {() => (
        <>
          {readers.map((userId) => (
            <MenuItem key={userId} onSelect={() => showPerson(userId)}>
              <Reader userId={userId} />
            </MenuItem>
          ))}
        </>
      )}
    </Menu>
  );
}

function Name({ userId }: { userId: string }): JSX.Element {
  return <bdi>{nameOf(usePerson(userId))}</bdi>;
}

function Reader({ userId }: { userId: string }): JSX.Element {
  const user = usePerson(userId);
  const name = nameOf(user);
  return (
    <>
      <Avatar id={userId} name={name} url={user?.avatarUrl} size="small" />
      <bdi className="person-name">{name}</bdi>
    </>
  );
}
