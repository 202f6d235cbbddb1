/** Owns the line of filters above the list: which chats are in it, and the way to the mentions. */
import { t } from "@lingui/core/macro";
import { type JSX, type KeyboardEvent, useMemo } from "react";
import type { Folder, Summary } from "parley-sdk";
import { folderHolds } from "../../folders/folders.ts";
import { useOpenDialog } from "../../navigation/open-dialog.ts";
import { MentionsButton } from "../../search/mentions-button.tsx";
import { cappedText } from "../../texts/counts.ts";
import { IconButton } from "../../ui/button.tsx";
import { isUnread, type ListFilter } from "./list-filter.ts";
import type { SidebarState } from "./sidebar-state.ts";

interface ListFiltersProps {
  readonly rows: readonly Summary[];
  readonly state: SidebarState;
  /** The filter in force. */
  readonly filter: ListFilter;
  readonly folders: readonly Folder[];
  readonly onChange: (change: Partial<SidebarState>) => void;
}

const most = 99;

export function ListFilters({ rows, state, filter, folders, onChange }: ListFiltersProps): JSX.Element {
  const openDialog = useOpenDialog();
  const unread = useMemo(() => rows.filter(isUnread).length, [rows]);
  const unreadIn = useMemo(
    () => new Map(folders.map((folder) => [folder.id, rows.filter(folderHolds(folder)).filter(isUnread).length])),
    [folders, rows],
  );
  const isMentions = state.view === "mentions";
  const chip = (to: ListFilter, text: string, count = 0) => {
    const key = to.by === "folder" ? to.id : to.by;
    const isChosen =
      !isMentions && filter.by === to.by && (to.by !== "folder" || filter.by !== "folder" || filter.id === to.id);
    return (
      <button
        key={key}
        type="button"
        className="list-filter"
        aria-pressed={isChosen}
        tabIndex={isChosen ? 0 : -1}
        onClick={() => onChange({ view: "all", filter: to })}
      >
        {to.by === "folder" ? <bdi>{text}</bdi> : <span>{text}</span>}
        {count > 0 && (
          <span className="badge badge-quiet" aria-hidden="true">
            {cappedText(count, most)}
          </span>
        )}
      </button>
    );
  };
  return (
    <div className="list-filters" role="toolbar" aria-label={t`Filter the chats`} onKeyDown={moveFocus}>
      {chip({ by: "all" }, t({ message: "All", comment: "Filter of the list: all chats" }))}
      {chip(
        { by: "unread" },
        t({ message: "Unread", comment: "Filter of the list: chats with unread messages" }),
        unread,
      )}
      {chip({ by: "groups" }, t({ message: "Groups", comment: "Filter of the list: groups alone" }))}
      <MentionsButton isShown={isMentions} onClick={() => onChange({ view: isMentions ? "all" : "mentions" })} />
      {folders.map(({ id, name }) => chip({ by: "folder", id }, name, unreadIn.get(id)))}
      <IconButton
        icon="folder"
        label={t`Folders …`}
        size={18}
        className="list-folders"
        tabIndex={-1}
        onClick={() => openDialog({ kind: "folders" })}
      />
    </div>
  );
}

/** For Tab the filters are one step, to the one that is chosen; the arrow keys lead along the line. */
function moveFocus(event: KeyboardEvent<HTMLElement>): void {
  const step = event.key === "ArrowRight" ? 1 : event.key === "ArrowLeft" ? -1 : 0;
  if (step === 0) return;
  const buttons = [...event.currentTarget.querySelectorAll("button")];
  const at = buttons.findIndex((each) => each === document.activeElement);
  const isRtl = getComputedStyle(event.currentTarget).direction === "rtl";
  const next = at === -1 ? undefined : buttons[at + (isRtl ? -step : step)];
  if (next === undefined) return;
  event.preventDefault();
  next.focus();
}
