/** Owns the last lines of a chat's panel: what ends something. */
import { t } from "@lingui/core/macro";
import type { JSX } from "react";
import type { Summary } from "parley-sdk";
import { useOpenDialog } from "../navigation/open-dialog.ts";
import { Icon } from "../ui/icons.tsx";

export function DangerLines({ row }: { row: Summary }): JSX.Element {
  const openDialog = useOpenDialog();
  const { conversationId, kind, left } = row;
  return (
    <div className="panel-section">
      {kind === "group" && !left && (
        <button
          type="button"
          className="panel-line panel-line-danger"
          onClick={() => openDialog({ kind: "leave", conversationId })}
        >
          <Icon name="leave" />
          <span>{t`Leave`}</span>
        </button>
      )}
      <button
        type="button"
        className="panel-line panel-line-danger"
        onClick={() => openDialog({ kind: "delete-chat", conversationId })}
      >
        <Icon name="trash" />
        <span>{t`Delete chat`}</span>
      </button>
    </div>
  );
}
