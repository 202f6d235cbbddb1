/** Owns the dialog that is open over the app; one at a time. */
import { t } from "@lingui/core/macro";
import { type JSX, type ReactNode, useCallback, useState } from "react";
import { JoinDialog } from "../conversations/join-dialog.tsx";
import { NewGroupDialog } from "../conversations/new-group-dialog.tsx";
import { PersonPanel } from "../people/person-panel.tsx";
import { LinkDialog } from "../safety/link-dialog.tsx";
import { StarredDialog } from "../search/starred-dialog.tsx";
import { SettingsDialog } from "../settings/settings-dialog.tsx";
import { Dialog } from "../ui/dialog.tsx";
import { type DialogAsk, OpenDialogContext } from "../navigation/open-dialog.ts";

export function DialogProvider({ children }: { children: ReactNode }): JSX.Element {
  const [dialog, setDialog] = useState<DialogAsk | null>(null);
  const close = useCallback(() => setDialog(null), []);
  return (
    <OpenDialogContext value={setDialog}>
      {children}
      {dialog !== null && <Opened dialog={dialog} onClose={close} />}
    </OpenDialogContext>
  );
}

function Opened({ dialog, onClose }: { dialog: DialogAsk; onClose: () => void }): JSX.Element {
  switch (dialog.kind) {
    case "settings":
      return <SettingsDialog onClose={onClose} />;
    case "link":
      return <LinkDialog code={dialog.code} onClose={onClose} />;
    case "starred":
      return <StarredDialog onClose={onClose} />;
    case "new-group":
      return <NewGroupDialog onClose={onClose} />;
    case "join":
      return <JoinDialog code={dialog.code} onClose={onClose} />;
    case "person":
      return (
        <Dialog title={t`Profile`} onClose={onClose}>
          <div className="dialog-body">
            <PersonPanel userId={dialog.userId} onDone={onClose} />
          </div>
        </Dialog>
      );
  }
}
