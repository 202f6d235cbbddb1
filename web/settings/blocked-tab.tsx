/** Owns the list of people whom the user has blocked. */
import type { JSX } from "react";
import { nameOf } from "../people/names.ts";
import { useBlocked, usePeople } from "../people/people.ts";
import { PersonRow } from "../people/person-row.tsx";
import { useAttempt } from "../ui/toast.tsx";

export function BlockedTab(): JSX.Element {
  const people = usePeople();
  const blocked = useBlocked();
  const attempt = useAttempt();
  if (blocked === null) return <p className="quiet">Loading …</p>;
  if (blocked.length === 0) return <p className="quiet">You have blocked nobody.</p>;
  return (
    <ul className="people-list" aria-label="Blocked people">
      {blocked.map((user) => (
        <PersonRow key={user.id} user={user} hasPresence={false}>
          <button
            type="button"
            className="button"
            aria-label={`Unblock ${nameOf(user)}`}
            onClick={() => attempt(() => people.setBlocked(user.id, false))}
          >
            Unblock
          </button>
        </PersonRow>
      ))}
    </ul>
  );
}
