/** Owns the members of a group that a list shows: all of them where the group is small, else pages from the server, as far as the list is scrolled. */
import { useEffect, useMemo, useState } from "react";
import { type Conversation, isFoundBy, type Member, queryWords, type Role } from "parley-sdk";
import { useObservable } from "parley-sdk/react";
import { nameOf } from "../../../names/names.ts";
import { compareNames } from "../../../texts/formats.ts";
import { errorText } from "../../../texts/error-text.ts";
import { useLinks } from "../../../accounts/linked.ts";
import { useSettled } from "../../../browser/observe.ts";
import { usePeople } from "../../../people/people.ts";
import { useActions } from "../../actions.ts";
import { ServerMembers } from "./server-members.ts";

const pageSize = 100;
const settleMs = 200;

export interface MemberPages {
  readonly members: readonly Member[];
  /** What these were searched by. */
  readonly query: string;
  readonly isLoading: boolean;
  /** Whether the server has more members than these. */
  readonly hasMore: boolean;
  readonly error: string | null;
  /** Says which rows are in view. What is shown of them is kept up to date, and more is loaded before they end. */
  readonly inView: (first: number, last: number) => void;
  /** Loads anew what is shown. */
  readonly reload: () => void;
}

/** `typed`: what the members' handle or a word of their name begins with. */
export function useMemberPages(details: Conversation, typed: string): MemberPages {
  const isAllKnown = details.mode === "small";
  const pages = useServerPages(details, isAllKnown ? null : typed);
  const all = useMemo(() => (details.members ?? []).toSorted(byRoleAndName), [details.members]);
  if (!isAllKnown) return pages;
  const words = queryWords(asQuery(typed));
  const members = words.length === 0 ? all : all.filter(({ user }) => isFoundBy(user, words));
  return { ...pages, members, isLoading: false, hasMore: false, error: null };
}

const ranks: Record<Role, number> = { owner: 0, admin: 1, member: 2 };

/** Who may do most stands first. */
function byRoleAndName(one: Member, other: Member): number {
  return ranks[one.role] - ranks[other.role] || compareNames(nameOf(one.user), nameOf(other.user));
}

function asQuery(typed: string): string {
  return typed.trim().replace(/^@/, "");
}

/** `typed` null: nothing is loaded. */
function useServerPages(details: Conversation, typed: string | null): MemberPages {
  const { conversation } = useActions();
  const people = usePeople();
  const wanted = typed === null ? null : asQuery(typed);
  const query = useSettled(wanted, settleMs);
  const links = useLinks();
  const [reloads, setReloads] = useState(0);
  // Owner and admins come with the details. When they or the number change, the list is out of date.
  const roles = details.members?.map(({ user, role }) => `${user.id} ${role}`).join();
  const asOf = [details.memberCount, roles, reloads, links].join("/");
  const list = useMemo(
    () =>
      new ServerMembers(async (asked, cursor) => {
        const found = { limit: pageSize, ...(asked === "" ? {} : { query: asked }) };
        const page = await conversation.members({ ...found, ...(cursor === null ? {} : { cursor }) });
        people.learn(page.items.map(({ user }) => user));
        return page;
      }),
    [conversation, people],
  );
  useEffect(() => {
    if (query !== null) list.want(query, asOf);
  }, [list, query, asOf]);
  const { members, isAnswered, hasMore, error, query: shownQuery } = useObservable(list);
  const isNew = !isAnswered && members.length === 0 && wanted === "";
  return {
    // The first rows are there at once, also where the group grows while it is looked at.
    members: isNew ? (details.members ?? []) : members,
    isLoading: error === null && (!isAnswered || query !== wanted),
    hasMore,
    error: error === null ? null : errorText(error),
    query: shownQuery,
    inView: list.inView,
    reload: () => setReloads((count) => count + 1),
  };
}
