/** Owns a cache of other people for each account: profiles, contacts and blocked people. Components that receive newer profiles put them here. */
import { useEffect, useMemo, useSyncExternalStore } from "react";
import type { Account, Contact, Page, PageAsk, User } from "parley-sdk";
import { useAccount } from "../accounts/account-context.ts";
import { useLinks } from "../accounts/linked.ts";
import { nameOf } from "../names/names.ts";

const pagesMax = 50;

export class People {
  readonly #account: Account;
  readonly #users = new Map<string, User>();
  readonly #asked = new Set<string>();
  readonly #listeners = new Set<() => void>();
  #contacts: readonly Contact[] | null = null;
  #blocked: readonly User[] | null = null;
  /** As of which link they were asked for. */
  #blockedAsOf: number | undefined;

  constructor(account: Account) {
    this.#account = account;
  }

  readonly subscribe = (listener: () => void): (() => void) => {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  };

  user(userId: string): User | undefined {
    return this.#users.get(userId);
  }
  readonly contacts = (): readonly Contact[] | null => this.#contacts;
  readonly blocked = (): readonly User[] | null => this.#blocked;

  /** Receives profiles; a later one of the same person replaces the earlier one. */
  learn(users: readonly User[]): void {
    let isNews = false;
    for (const user of users) {
      const known = this.#users.get(user.id);
      if (known !== undefined && JSON.stringify(known) === JSON.stringify(user)) continue;
      this.#users.set(user.id, user);
      isNews = true;
    }
    if (isNews) this.#notify();
  }

  /** Asks the server for a profile that is not here. If that fails, the next call asks again. */
  ask(userId: string): void {
    if (this.#users.has(userId) || this.#asked.has(userId)) return;
    this.#asked.add(userId);
    this.#account.getUser(userId).then(
      (user) => this.learn([user]),
      () => this.#asked.delete(userId),
    );
  }

  /** The profile of a user, asked for where it is not here; undefined where it cannot be. */
  async find(userId: string): Promise<User | undefined> {
    const known = this.#users.get(userId);
    if (known !== undefined) return known;
    const found = await this.#account.getUser(userId).catch(() => undefined);
    if (found !== undefined) this.learn([found]);
    return found;
  }

  async loadContacts(): Promise<void> {
    this.#contacts = await all((ask) => this.#account.contacts(ask));
    this.learn(this.#contacts.map(({ user }) => user));
    this.#notify();
  }

  async loadBlocked(): Promise<void> {
    this.#blocked = (await all((ask) => this.#account.blocks(ask))).map(({ user }) => user);
    this.#notify();
  }

  /** Asks for them once for each link: many components ask at the same time. */
  lookAtBlocked(links: number): void {
    if (this.#blockedAsOf === links) return;
    this.#blockedAsOf = links;
    this.loadBlocked().catch(() => (this.#blockedAsOf = undefined));
  }

  async setContact(userId: string, isContact: boolean): Promise<void> {
    if (isContact) await this.#account.addContact(userId);
    else await this.#account.removeContact(userId);
    await this.loadContacts();
  }

  async setBlocked(userId: string, isBlocked: boolean): Promise<void> {
    if (isBlocked) await this.#account.block(userId);
    else await this.#account.unblock(userId);
    await this.loadBlocked();
  }

  #notify(): void {
    for (const listener of this.#listeners) listener();
  }
}

async function all<T>(list: (ask: PageAsk) => Promise<Page<T>>): Promise<readonly T[]> {
  const items: T[] = [];
  let cursor: string | null = null;
  for (let page = 0; page < pagesMax; page++) {
    const next: Page<T> = await list(cursor === null ? { limit: 100 } : { cursor, limit: 100 });
    items.push(...next.items);
    cursor = next.cursor;
    if (cursor === null) break;
  }
  return items;
}

const peopleOf = new WeakMap<Account, People>();

export function usePeople(): People {
  const account = useAccount();
  return useMemo(() => {
    const known = peopleOf.get(account) ?? new People(account);
    peopleOf.set(account, known);
    return known;
  }, [account]);
}

/** The profile of a user, undefined until it is known. The user's own comes from the account, without asking the server. */
export function usePerson(userId: string | undefined): User | undefined {
  const account = useAccount();
  const people = usePeople();
  const own = useSyncExternalStore(account.user.subscribe, account.user.getSnapshot);
  const user = useSyncExternalStore(people.subscribe, () => (userId === undefined ? undefined : people.user(userId)));
  const isOwn = userId === account.userId;
  const links = useLinks();
  useEffect(() => {
    if (userId !== undefined && !isOwn) people.ask(userId);
  }, [people, userId, isOwn, user, links]);
  return isOwn ? own : user;
}

/** What `part` answers for each of these people, in their order. Users who are not known yet are undefined; with `isAsking` the server is asked for them. */
function useParts(
  userIds: readonly string[],
  part: (user: User | undefined) => string,
  isAsking: boolean,
): readonly string[] {
  const people = usePeople();
  const links = useLinks();
  // One string, so that changes of other people do not render this component. No part has a line feed.
  const parts = useSyncExternalStore(people.subscribe, () =>
    userIds.map((userId) => part(people.user(userId))).join("\n"),
  );
  useEffect(() => {
    if (isAsking) for (const userId of userIds) people.ask(userId);
  }, [people, userIds, parts, isAsking, links]);
  return useMemo(() => parts.split("\n"), [parts]);
}

const handleOf = (user: User | undefined): string => user?.handle ?? "";

/** The ids of the given people by their handles. */
export function useHandles(userIds: readonly string[]): ReadonlyMap<string, string> {
  const handles = useParts(userIds, handleOf, true);
  return useMemo(() => {
    const found = handles.map((handle, index) => [handle, userIds[index] ?? ""] as const);
    return new Map(found.filter(([handle]) => handle !== ""));
  }, [handles, userIds]);
}

/** The names of the given people, in their order. With `isAsking` the server is asked for users who are not known. */
export function useNames(userIds: readonly string[], isAsking: boolean): readonly string[] {
  return useParts(userIds, nameOf, isAsking);
}

/** The contacts; null until they are loaded. They are asked for by each component that comes, and again after the link was lost. */
export function useContacts(): readonly Contact[] | null {
  const people = usePeople();
  const links = useLinks();
  useEffect(() => {
    people.loadContacts().catch(() => undefined);
  }, [people, links]);
  return useSyncExternalStore(people.subscribe, people.contacts);
}

/** The people whom the user has blocked; null until they are loaded. */
export function useBlocked(): readonly User[] | null {
  const people = usePeople();
  const links = useLinks();
  useEffect(() => {
    people.lookAtBlocked(links);
  }, [people, links]);
  return useSyncExternalStore(people.subscribe, people.blocked);
}
