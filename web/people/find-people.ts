/** Owns the search for people: as one types, by prefix of handle or name. */
import { useEffect, useState } from "react";
import type { User } from "../../client/index.ts";
import { useAccount } from "../app/account-context.ts";
import { errorText } from "../app/error-text.ts";
import { useSettled } from "../app/observe.ts";
import { usePeople } from "./people.ts";

export interface Found {
  readonly users: readonly User[];
  readonly isSearching: boolean;
  readonly error: string | null;
}

const nothing: Found = { users: [], isSearching: false, error: null };
const settleMs = 200;
const queryCharactersMax = 100;

export function useFindPeople(text: string): Found {
  const account = useAccount();
  const people = usePeople();
  const query = useSettled(text.trim().replace(/^@/, "").slice(0, queryCharactersMax), settleMs);
  const [found, setFound] = useState<Found>(nothing);

  useEffect(() => {
    if (query === "") {
      setFound(nothing);
      return undefined;
    }
    let isCurrent = true;
    setFound((before) => ({ ...before, isSearching: true, error: null }));
    account.findUsers(query, { limit: 30 }).then(
      ({ items }) => {
        people.learn(items);
        if (isCurrent) setFound({ users: items, isSearching: false, error: null });
      },
      (error: unknown) => {
        if (isCurrent) setFound({ users: [], isSearching: false, error: errorText(error) });
      },
    );
    return () => {
      isCurrent = false;
    };
  }, [account, people, query]);

  return found;
}
