/** Owns the line of filters above the list: which chats are in it, and the way to the mentions. */
import { t } from "@lingui/core/macro";
import { type JSX, type KeyboardEvent, useMemo, type WheelEvent } from "react";
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
  const chip = (to: ListFilter) => ({
    isChosen: !isMentions && isSame(filter, to),
    onChoose: () => onChange({ view: "all", filter: to }),
  });
  return (
    <div
      className="list-filters"
      role="toolbar"
      aria-label={t`Filter the chats`}
      onKeyDown={moveFocus}
      onWheel={rollAside}
    >
      <Chip {...chip({ by: "all" })}>{t({ message: "All", comment: "Filter of the list: all chats" })}</Chip>
      <Chip {...chip({ by: "unread" })} count={unread}>
        {t({ message: "Unread", comment: "Filter of the list: chats with unread messages" })}
      </Chip>
      <Chip {...chip({ by: "groups" })}>{t({ message: "Groups", comment: "Filter of the list: groups alone" })}</Chip>
      <MentionsButton isShown={isMentions} onClick={() => onChange({ view: isMentions ? "all" : "mentions" })} />
      {folders.map(({ id, name }) => (
        <Chip key={id} {...chip({ by: "folder", id })} count={unreadIn.get(id)}>
          {name}
        </Chip>
      ))}
      <IconButton
        icon="folder"
        label={t`Folders…`}
        size={18}
        className="list-folders"
        tabIndex={-1}
        onClick={() => openDialog({ kind: "folders" })}
      />
    </div>
  );
}

interface ChipProps {
  readonly isChosen: boolean;
  readonly onChoose: () => void;
  /** How many chats in it are unread. */
  readonly count?: number | undefined;
  readonly children: string;
}

function Chip({ isChosen, onChoose, count = 0, children }: ChipProps): JSX.Element {
  return (
    <button
      type="button"
      className="list-filter"
      aria-pressed={isChosen}
      tabIndex={isChosen ? 0 : -1}
      onClick={onChoose}
    >
      <bdi>{children}</bdi>
      {count > 0 && (
        <span className="badge badge-quiet" aria-hidden="true">
          {cappedText(count, most)}
        </span>
      )}
    </button>
  );
}

function isSame(one: ListFilter, other: ListFilter): boolean {
  return one.by === other.by && (one.by !== "folder" || other.by !== "folder" || one.id === other.id);
}

/** Where the line is wider than the list, the wheel of a mouse, which turns one way only, leads along it. */
function rollAside({ currentTarget, deltaX, deltaY }: WheelEvent<HTMLElement>): void {
  if (deltaX !== 0) return;
  const isRtl = getComputedStyle(currentTarget).direction === "rtl";
  currentTarget.scrollLeft += isRtl ? -deltaY : deltaY;
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
