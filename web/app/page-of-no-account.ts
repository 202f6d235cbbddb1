/** Owns the addresses that open something over the chats: an invite, a device that asks to be signed in, a person, a shortcut of the home screen, what another app shares. */
import { t } from "@lingui/core/macro";
import { useEffect, useEffectEvent } from "react";
import { ParleyError } from "parley-sdk";
import { useAccount } from "../accounts/account-context.ts";
import { useOpenDialog } from "../navigation/open-dialog.ts";
import { navigate, type Route } from "../navigation/route.ts";
import { useAttempt, useSay } from "../ui/toast.tsx";

/** Each opens once: its entry in the history is replaced, so that going back does not open it again. */
export function usePageOfNoAccount(route: Route, beginSearch: () => void): void {
  const account = useAccount();
  const openDialog = useOpenDialog();
  const attempt = useAttempt();
  const say = useSay();
  const openPerson = async (handle: string) => {
    try {
      openDialog({ kind: "person", userId: (await account.getUserByHandle(handle)).id });
    } catch (error) {
      if (!(error instanceof ParleyError) || error.code !== "not_found") throw error;
      say(t`There is nobody with the handle @${handle}.`);
    }
  };
  const open = useEffectEvent((page: Route) => {
    if (page.at === "inbox" || page.at === "conversation") return;
    navigate({ at: "inbox" }, { isReplacing: true });
    if (page.at === "join" || page.at === "link") openDialog({ kind: page.at, code: page.code });
    else if (page.at === "person") attempt(() => openPerson(page.handle));
    else if (page.what === "group") openDialog({ kind: "new-group" });
    else if (page.what === "share") openDialog({ kind: "share" });
    else {
      beginSearch();
      // The field is there once the list is.
      setTimeout(() => document.querySelector<HTMLElement>(".sidebar [type=search]")?.focus(), 0);
    }
  });
  useEffect(() => open(route), [route]);
}
