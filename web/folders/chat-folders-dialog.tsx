/** Owns the dialog that says in which folders a chat is. Each choice is saved at once. */
import { t } from "@lingui/core/macro";
import type { JSX } from "react";
import type { Summary } from "parley-sdk";
import { useObservable } from "parley-sdk/react";
import { useAccount } from "../accounts/account-context.ts";
import { titleOf } from "../names/names.ts";
import { useOpenDialog } from "../navigation/open-dialog.ts";
import { Dialog } from "../ui/dialog.tsx";
import { useAttempt } from "../ui/toast.tsx";
import { folderChatsMax, useFolders, withChat, withFolder } from "./folders.ts";
import { useChangeFolders } from "./use-change-folders.ts";
import "./folders.css";

interface ChatFoldersProps {
  readonly conversationId: string;
  readonly onClose: () => void;
}

export function ChatFoldersDialog({ conversationId, onClose }: ChatFoldersProps): JSX.Element {
  const { inbox } = useAccount();
  const { conversations, archived } = useObservable(inbox);
  const row = [...conversations, ...archived].find((each) => each.conversationId === conversationId);
  const openDialog = useOpenDialog();
  return (
    <Dialog title={t`Folders of this chat`} onClose={onClose}>
      <div className="dialog-body">
        {row !== undefined && <Choices row={row} />}
        <button type="button" className="button" onClick={() => openDialog({ kind: "folders" })}>
          {t`All folders…`}
        </button>
      </div>
    </Dialog>
  );
}

function Choices({ row }: { row: Summary }): JSX.Element {
  const { userId } = useAccount();
  const folders = useFolders();
  const attempt = useAttempt();
  const change = useChangeFolders();
  const { conversationId } = row;
  if (folders.length === 0) return <p className="quiet">{t`You have no folders yet.`}</p>;
  return (
    <fieldset className="folder-rules">
      <legend>
        <bdi>{titleOf(row, userId)}</bdi>
      </legend>
      {folders.map((folder) => {
        const isIn = folder.conversationIds.includes(conversationId);
        return (
          <label key={folder.id} className="choice-line">
            <input
              type="checkbox"
              checked={isIn}
              disabled={!isIn && folder.conversationIds.length >= folderChatsMax}
              onChange={() =>
                attempt(() =>
                  change((now) => {
                    const present = now.find(({ id }) => id === folder.id);
                    return present === undefined ? [...now] : withFolder(now, withChat(present, conversationId, !isIn));
                  }),
                )
              }
            />
            <bdi>{folder.name}</bdi>
          </label>
        );
      })}
    </fieldset>
  );
}
