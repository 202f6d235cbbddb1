/** Owns the dialog that is open over the app; one at a time. */
import { t } from "@lingui/core/macro";
import { type JSX, type ReactNode, useCallback, useState } from "react";
import { PersonPanel } from "../people/person-panel.tsx";
import { later } from "../browser/later.tsx";
import { Dialog } from "../ui/dialog.tsx";
import { type DialogAsk, OpenDialogContext } from "../navigation/open-dialog.ts";

const JoinDialog = later(async () => (await import("../conversations/join-dialog.tsx")).JoinDialog);
const NewGroupDialog = later(async () => (await import("../conversations/new-group-dialog.tsx")).NewGroupDialog);
const LinkDialog = later(async () => (await import("../safety/link-dialog.tsx")).LinkDialog);
const SettingsDialog = later(async () => (await import("../settings/settings-dialog.tsx")).SettingsDialog);

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
