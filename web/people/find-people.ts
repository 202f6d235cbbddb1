/** Owns the search for people while the user types, by a prefix of the handle or of a word of the name. */
import { useEffect, useState } from "react";
import type { User } from "parley-sdk";
import { useAccount } from "../accounts/account-context.ts";
import { errorText } from "../texts/error-text.ts";
import { useSettled } from "../browser/observe.ts";
import { usePeople } from "./people.ts";

export interface Found {
  readonly users: readonly User[];
  readonly isSearching: boolean;
  readonly error: string | null;
}

/** The server's answer to one query. */
interface Answer {
  readonly query: string;
  readonly users: readonly User[];
  readonly error: string | null;
}

const noAnswer: Answer = { query: "", users: [], error: null };
const settleMs = 200;
const queryCharactersMax = 100;

export function useFindPeople(text: string): Found {
  const account = useAccount();
  const people = usePeople();
  const query = useSettled(text.trim().replace(/^@/, "").slice(0, queryCharactersMax), settleMs);
  const [answer, setAnswer] = useState(noAnswer);

  useEffect(() => {
    if (query === "") return undefined;
    let isCurrent = true;
    account.findUsers(query, { limit: 30 }).then(
      ({ items }) => {
        people.learn(items);
        if (isCurrent) setAnswer({ query, users: items, error: null });
      },
      (error: unknown) => {
        if (isCurrent) setAnswer({ query, users: [], error: errorText(error) });
      },
    );
    return () => {
      isCurrent = false;
    };
  }, [account, people, query]);

  // The last answer is shown until the next one comes.
  if (query === "") return { users: [], isSearching: text.trim() !== "", error: null };
  const isSearching = answer.query !== query || text.trim().replace(/^@/, "") !== query;
  return { users: answer.users, isSearching, error: answer.query === query ? answer.error : null };
}
