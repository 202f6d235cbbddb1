/** Owns the members of a group that a list shows: all of them where the group is small, else pages from the server, as far as the list is scrolled. */
import { useEffect, useEffectEvent, useRef, useState } from "react";
import { type Conversation, isFoundBy, type Member, type Page, queryWords } from "parley-sdk";
import { errorText } from "../../texts/error-text.ts";
import { useSettled } from "../../browser/observe.ts";
import { usePeople } from "../../people/people.ts";
import { useActions } from "../actions.ts";

const pageSize = 100;
/** After a change of the members so many are loaded anew, however far the list was scrolled. */
const reloadedMax = 500;
const settleMs = 200;

export interface MemberPages {
  readonly members: readonly Member[];
  /** What these were searched by. */
  readonly query: string;
  readonly isLoading: boolean;
  readonly error: string | null;
  /** Loads the next page; null where there is none, or it is being loaded. */
  readonly more: (() => void) | null;
  /** Loads anew what is shown. */
  readonly reload: () => void;
}

/** What was loaded for one query; `cursor` null: these are all. `key`: what it answers. */
interface Loaded {
  readonly key: string;
  readonly query: string;
  readonly members: readonly Member[];
  readonly cursor: string | null;
  readonly error: string | null;
}

const nothing: Loaded = { key: "", query: "", members: [], cursor: null, error: null };

/** `typed`: what the members' handle or a word of their name begins with. */
export function useMemberPages(details: Conversation, typed: string): MemberPages {
  const isAllKnown = details.mode === "small";
  const pages = useServerPages(details, isAllKnown ? null : typed);
  if (!isAllKnown) return pages;
  const words = queryWords(asQuery(typed));
  const all = details.members ?? [];
  const members = words.length === 0 ? all : all.filter(({ user }) => isFoundBy(user, words));
  return { ...pages, members, isLoading: false, error: null, more: null };
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
  const [loaded, setLoaded] = useState(nothing);
  const [reloads, setReloads] = useState(0);
  /** What is being paged on. */
  const paging = useRef<Loaded>(null);
  // Owner and admins come with the details. When they or the number change, the list is out of date.
  const roles = details.members?.map(({ user, role }) => `${user.id} ${role}`).join();
  const key = [query, details.memberCount, roles, reloads].join("/");

  const page = async (asked: string, cursor: string | null): Promise<Page<Member>> => {
    const ask = { limit: pageSize, ...(asked === "" ? {} : { query: asked }), ...(cursor === null ? {} : { cursor }) };
    const next = await conversation.members(ask);
    people.learn(next.items.map(({ user }) => user));
    return next;
  };
  const load = async (asked: string): Promise<Loaded> => {
    const shown = loaded.query === asked ? loaded.members : [];
    let members: readonly Member[] = [];
    let cursor: string | null = null;
    try {
      do {
        const next: Page<Member> = await page(asked, cursor);
        members = [...members, ...next.items];
        ({ cursor } = next);
      } while (cursor !== null && members.length < Math.min(shown.length, reloadedMax));
      return { key, query: asked, members, cursor, error: null };
    } catch (failure) {
      return { key, query: asked, members: shown, cursor: null, error: errorText(failure) };
    }
  };
  const loadNow = useEffectEvent(load);
  useEffect(() => {
    if (query === null) return undefined;
    let isCurrent = true;
    void loadNow(query).then((next) => {
      if (isCurrent) setLoaded(next);
    });
    return () => {
      isCurrent = false;
    };
  }, [conversation, query, key]);

  const more = async (before: Loaded): Promise<void> => {
    if (paging.current === before) return;
    paging.current = before;
    let after: Loaded;
    try {
      const next = await page(before.query, before.cursor);
      const known = new Set(before.members.map(({ user }) => user.id));
      const members = [...before.members, ...next.items.filter(({ user }) => !known.has(user.id))];
      after = { ...before, members, cursor: next.cursor };
    } catch (failure) {
      after = { ...before, error: errorText(failure) };
    }
    if (paging.current === before) paging.current = null;
    setLoaded((now) => (now === before ? after : now));
  };
  const { members, cursor, error } = loaded;
  const isLoading = loaded.key !== key || query !== wanted;
  const isFirst = loaded === nothing && wanted === "";
  return {
    // The first rows are there at once, also where the group grows while it is looked at.
    members: isFirst ? (details.members ?? []) : members,
    isLoading,
    error,
    query: loaded.query,
    more: cursor === null || isLoading || error !== null ? null : () => void more(loaded),
    reload: () => setReloads((count) => count + 1),
  };
}
