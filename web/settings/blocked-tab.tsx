/** Owns the list of people whom the user has blocked. */
import { t } from "@lingui/core/macro";
import type { JSX } from "react";
import type { User } from "parley-sdk";
import { nameOf } from "../names/names.ts";
import { useBlocked, usePeople } from "../people/people.ts";
import { PersonRow } from "../people/person-row.tsx";
import { useAttempt } from "../ui/toast.tsx";

export function BlockedTab(): JSX.Element {
  const people = usePeople();
  const blocked = useBlocked();
  const attempt = useAttempt();
  if (blocked === null) return <p className="quiet">{t`Loading…`}</p>;
  if (blocked.length === 0) return <p className="quiet">{t`You have blocked nobody.`}</p>;
  return (
    <ul className="people-list" aria-label={t`Blocked people`}>
      {blocked.map((user) => (
        <PersonRow key={user.id} user={user} hasPresence={false}>
          <button
            type="button"
            className="button"
            aria-label={unblockText(user)}
            onClick={() => attempt(() => people.setBlocked(user.id, false))}
          >
            {t`Unblock`}
          </button>
        </PersonRow>
      ))}
    </ul>
  );
}

function unblockText(user: User): string {
  const name = nameOf(user);
  return t`Unblock ${name}`;
}
