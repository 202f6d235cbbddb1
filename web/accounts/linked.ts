/** Owns the question how often an account was linked to the server. What was asked for before a link was lost may have changed meanwhile, and nobody tells of it. */
import type { Account, ConnectionStatus, Observable } from "parley-sdk";
import { useObservable } from "parley-sdk/react";
import { State } from "../browser/state.ts";
import { useAccount } from "./account-context.ts";

const counts = new WeakMap<Account, State<number>>();

/** Whether the server answers: what fails meanwhile is asked for again once this is so. */
export function isLinkedAt(status: ConnectionStatus): boolean {
  return status === "online" || status === "polling";
}

/** Rises each time that the account is linked again after it was not. */
export function linksOf(account: Account): Observable<number> {
  const known = counts.get(account);
  if (known !== undefined) return known;
  const count = new State(0);
  counts.set(account, count);
  let isLinked = isLinkedAt(account.connection.getSnapshot().status);
  account.connection.subscribe(() => {
    const wasLinked = isLinked;
    isLinked = isLinkedAt(account.connection.getSnapshot().status);
    if (isLinked && !wasLinked) count.set(count.getSnapshot() + 1);
  });
  return count;
}

/** For the dependencies of an effect that asks the server for something. */
export function useLinks(): number {
  return useObservable(linksOf(useAccount()));
}
