/** Owns what stands in place of a list that is empty: why it is, and the next step. */
import { t } from "@lingui/core/macro";
import type { JSX } from "react";
import { useIsPhone } from "../../browser/observe.ts";
import { useOpenDialog } from "../../navigation/open-dialog.ts";
import { NextSteps } from "../next-steps.tsx";
import type { View } from "./sidebar-state.ts";
import type { ListFilter } from "./list-filter.ts";

interface ListEmptyProps {
  readonly isLoaded: boolean;
  readonly view: View;
  readonly filter: ListFilter;
  /** Whether there are other chats, which the filter hides. */
  readonly hasOthers: boolean;
  readonly onFind: () => void;
  readonly onAll: () => void;
}

export function ListEmpty({ isLoaded, view, filter, hasOthers, onFind, onAll }: ListEmptyProps): JSX.Element {
  const isPhone = useIsPhone();
  const openDialog = useOpenDialog();
  if (!isLoaded) return <p className="list-empty">{t`Loading…`}</p>;
  if (view === "archived")
    return (
      <div className="list-empty">
        <p>{t`Nothing is archived. What you archive leaves the list, and comes back with the next message.`}</p>
      </div>
    );
  if (filter.by === "all")
    return (
      <div className="list-empty">
        <p>{t`No conversations yet. Search for somebody to write to.`}</p>
        {/* On a wide screen they stand beside the list. */}
        {isPhone && <NextSteps onFind={onFind} />}
      </div>
    );
  return (
    <div className="list-empty">
      <p>{filteredText(filter)}</p>
      {filter.by === "groups" && (
        <button type="button" className="button" onClick={() => openDialog({ kind: "new-group" })}>
          {t`Make a group`}
        </button>
      )}
      {filter.by === "folder" && (
        <button type="button" className="button" onClick={() => openDialog({ kind: "folders", id: filter.id })}>
          {t`Choose its chats`}
        </button>
      )}
      {hasOthers && (
        <button type="button" className="button" onClick={onAll}>
          {t`Show all chats`}
        </button>
      )}
    </div>
  );
}

function filteredText({ by }: ListFilter): string {
  if (by === "groups") return t`You are in no group yet.`;
  return by === "folder" ? t`No chat is in this folder.` : t`Nothing is unread.`;
}
