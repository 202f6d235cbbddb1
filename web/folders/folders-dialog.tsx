/** Owns the dialog of the folders: their list, in which they are put in order and deleted, and the form of one of them. */
import { plural, t } from "@lingui/core/macro";
import { type JSX, useState } from "react";
import type { Folder } from "parley-sdk";
import { IconButton } from "../ui/button.tsx";
import { Dialog } from "../ui/dialog.tsx";
import { Icon } from "../ui/icons.tsx";
import { useAttempt } from "../ui/toast.tsx";
import { FolderForm } from "./folder-form.tsx";
import { foldersMax, movedUp, newFolderId, ruleTexts, useFolders } from "./folders.ts";
import { useChangeFolders } from "./use-change-folders.ts";
import "./folders.css";

interface FoldersProps {
  /** The folder whose form is open at first. */
  readonly id?: string | undefined;
  readonly onClose: () => void;
}

export function FoldersDialog({ id: openedId, onClose }: FoldersProps): JSX.Element {
  const folders = useFolders();
  const [edited, setEdited] = useState<Folder | null>(() => folders.find(({ id }) => id === openedId) ?? null);
  const isNew = edited !== null && folders.every(({ id }) => id !== edited.id);
  if (edited !== null)
    return (
      <Dialog title={isNew ? t`New folder` : t`Edit the folder`} onClose={onClose}>
        <FolderForm folder={edited} onDone={() => setEdited(null)} />
      </Dialog>
    );
  return (
    <Dialog title={t`Folders`} onClose={onClose}>
      <div className="dialog-body">
        <p className="quiet">{t`A folder shows some of your chats, in the line above the list. A chat may be in several.`}</p>
        {folders.length > 0 && (
          <ul className="folder-list" aria-label={t`Folders`}>
            {folders.map((folder, index) => (
              <FolderRow key={folder.id} folder={folder} isFirst={index === 0} onEdit={() => setEdited(folder)} />
            ))}
          </ul>
        )}
        {folders.length < foldersMax && (
          <button
            type="button"
            className="button"
            onClick={() => setEdited({ id: newFolderId(), name: "", conversationIds: [] })}
          >
            {t`New folder…`}
          </button>
        )}
      </div>
    </Dialog>
  );
}

interface FolderRowProps {
  readonly folder: Folder;
  readonly isFirst: boolean;
  readonly onEdit: () => void;
}

function FolderRow({ folder, isFirst, onEdit }: FolderRowProps): JSX.Element {
  const attempt = useAttempt();
  const change = useChangeFolders();
  const { id, name } = folder;
  return (
    <li className="folder-row">
      <button type="button" className="folder-name" onClick={onEdit}>
        <Icon name="folder" />
        <span>
          <bdi>{name}</bdi>
          <span className="quiet">{contentText(folder)}</span>
        </span>
      </button>
      <IconButton
        icon="up"
        label={t`Move ${name} up`}
        disabled={isFirst}
        onClick={() => attempt(() => change((folders) => movedUp(folders, id)))}
      />
      <IconButton
        icon="trash"
        label={t`Delete the folder ${name}`}
        onClick={() => attempt(() => change((folders) => folders.filter((each) => each.id !== id)))}
      />
    </li>
  );
}

function contentText({ conversationIds, rules = [] }: Folder): string {
  const texts = ruleTexts().flatMap(([rule, text]) => (rules.includes(rule) ? [text] : []));
  const chats = plural(conversationIds.length, { one: "# chat", other: "# chats" });
  return [...texts, ...(conversationIds.length > 0 || texts.length === 0 ? [chats] : [])].join(" · ");
}
