/** Owns the account that the components below act for. */
import { createContext, useContext } from "react";
import type { Account } from "parley-sdk";

const Context = createContext<Account | null>(null);

export const AccountProvider = Context.Provider;

export function useAccount(): Account {
  const account = useContext(Context);
  if (account === null) throw new Error("There is no account here");
  return account;
}
