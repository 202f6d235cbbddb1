/** Owns choosing the chat for what another app shares. It comes into the text field there, and is sent from there. */
import { t } from "@lingui/core/macro";
import { type JSX, useDeferredValue, useEffect, useState } from "react";
import { holdsFolded, type Summary } from "parley-sdk";
import { useObservable } from "parley-sdk/react";
import { useAccount } from "../accounts/account-context.ts";
import { chosenFilesOf } from "../conversation/composer/chosen-files.ts";
import { DraftKeeper } from "../conversation/composer/drafts.ts";
import { Avatar } from "../names/avatar.tsx";
import { titleOf } from "../names/names.ts";
import { openConversation } from "../navigation/route.ts";
import { filesText } from "../texts/counts.ts";
import { Dialog } from "../ui/dialog.tsx";
import { Field } from "../ui/field.tsx";
import { type Shared, takeShared } from "./shared.ts";

/** Rows in the list at a time; who looks for another one writes its name. */
const shownMax = 60;
const saidCharacters = 200;

export function ShareDialog({ onClose }: { onClose: () => void }): JSX.Element {
  const account = useAccount();
  const { conversations } = useObservable(account.inbox);
  const [shared, setShared] = useState<Shared | null | undefined>(undefined);
  const [query, setQuery] = useState("");
  const looked = useDeferredValue(query.trim());
  useEffect(() => {
    taken ??= takeShared(Date.now());
    taken.then(setShared, () => setShared(null));
  }, []);
  const offered = conversations
    .filter((row) => isOffered(row) && (looked === "" || holdsFolded(titleOf(row, account.userId), looked)))
    .slice(0, shownMax);
  const pick = (row: Summary) => {
    if (shared == null) return;
    taken = undefined;
    const { conversationId } = row;
    const keeper = new DraftKeeper(account, conversationId);
    // What is drafted there stays.
    if (shared.text !== "") keeper.change([keeper.draft.text, shared.text].filter((each) => each !== "").join("\n"));
    keeper.flush();
    chosenFilesOf(account.userId, conversationId).add(shared.files);
    onClose();
    openConversation(conversationId);
  };
  return (
    <Dialog title={t`Share with`} onClose={onClose}>
      <div className="dialog-body picker">
        {shared === undefined && <p className="quiet">{t`Loading…`}</p>}
        {shared === null && <p>{t`Nothing was shared, or it was shared too long ago.`}</p>}
        {shared != null && (
          <>
            <p className="quiet" dir="auto">
              {shared.text.slice(0, saidCharacters)}
            </p>
            {shared.files.length > 0 && <p className="quiet">{filesText(shared.files.length)}</p>}
            <Field
              label={t`Chats`}
              type="search"
              value={query}
              placeholder={t`Search by name`}
              autoComplete="off"
              onChange={(event) => setQuery(event.target.value)}
            />
            <ul className="people-list forward-list" aria-label={t`Chats to choose from`}>
              {offered.map((row) => (
                <li key={row.conversationId} className="person-row">
                  <button type="button" className="person-main" onClick={() => pick(row)}>
                    <Avatar
                      id={row.peer?.id ?? row.conversationId}
                      name={titleOf(row, account.userId)}
                      url={row.peer?.avatarUrl ?? row.avatarUrl}
                      size="small"
                    />
                    <bdi>{titleOf(row, account.userId)}</bdi>
                  </button>
                </li>
              ))}
            </ul>
            {offered.length === 0 && <p className="quiet">{t`No such chat.`}</p>}
          </>
        )}
      </div>
    </Dialog>
  );
}

/** Taken once, also where the dialog is made anew. */
let taken: Promise<Shared | null> | undefined;

function isOffered({ left, request, peer }: Summary): boolean {
  return !left && !request && peer?.deleted !== true;
}
