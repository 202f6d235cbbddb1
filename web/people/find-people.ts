/** Owns the search for people, or for members of a group, while the user types, by a prefix of the handle or of a word of the name. */
import { useCallback, useEffect, useState } from "react";
import type { ConversationHandle, User } from "parley-sdk";
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
const askedUsers = 30;

export function useFindPeople(text: string): Found {
  const account = useAccount();
  const ask = useCallback(
    async (query: string) => (await account.findUsers(query, { limit: askedUsers })).items,
    [account],
  );
  return useFound(text, ask);
}

/** Members of a group, if `text` is not empty. */
export function useFindMembers(conversation: ConversationHandle, text: string): Found {
  const ask = useCallback(
    async (query: string) => (await conversation.members({ query, limit: askedUsers })).items.map(({ user }) => user),
    [conversation],
  );
  return useFound(text, ask);
}

function useFound(text: string, ask: (query: string) => Promise<readonly User[]>): Found {
  const people = usePeople();
  const query = useSettled(text.trim().replace(/^@/, "").slice(0, queryCharactersMax), settleMs);
  const [answer, setAnswer] = useState(noAnswer);

  useEffect(() => {
    if (query === "") return undefined;
    let isCurrent = true;
    ask(query).then(
      (users) => {
        people.learn(users);
        if (isCurrent) setAnswer({ query, users, error: null });
      },
      (error: unknown) => {
        if (isCurrent) setAnswer({ query, users: [], error: errorText(error) });
      },
    );
    return () => {
      isCurrent = false;
    };
  }, [ask, people, query]);

  // The last answer is shown until the next one comes.
  if (query === "") return { users: [], isSearching: text.trim() !== "", error: null };
  const isSearching = answer.query !== query || text.trim().replace(/^@/, "") !== query;
  return { users: answer.users, isSearching, error: answer.query === query ? answer.error : null };
}
