/** Owns the dialog that is open over the app; one at a time. */
import { t } from "@lingui/core/macro";
import { type JSX, type ReactNode, useCallback, useState } from "react";
import { PersonPanel } from "../people/person-panel.tsx";
import { LinkDialog } from "../security/link-dialog.tsx";
import { Later } from "./later.tsx";
import { later } from "../browser/later.tsx";
import { Dialog } from "../ui/dialog.tsx";
import { type DialogAsk, OpenDialogContext, takeReopened } from "../navigation/open-dialog.ts";

const JoinDialog = later(async () => (await import("../conversations/join-dialog.tsx")).JoinDialog);
const NewGroupDialog = later(async () => (await import("../conversations/new-group-dialog.tsx")).NewGroupDialog);

export function DialogProvider({ children }: { children: ReactNode }): JSX.Element {
  const [dialog, setDialog] = useState<DialogAsk | null>(takeReopened);
  const close = useCallback(() => setDialog(null), []);
  return (
    <OpenDialogContext value={setDialog}>
      {children}
      {dialog !== null && <Opened key={dialog.kind} dialog={dialog} onClose={close} />}
    </OpenDialogContext>
  );
}

const loadSettings = async () => (await import("../settings/settings-dialog.tsx")).SettingsDialog;
const loadSwitcher = async () => (await import("../shortcuts/switcher.tsx")).Switcher;
const loadShare = async () => (await import("../share/share-dialog.tsx")).ShareDialog;
const loadOwnCode = async () => (await import("../people/own-code.tsx")).OwnCode;
const loadStarred = async () => (await import("../search/starred-dialog.tsx")).StarredDialog;
const loadDelete = async () => (await import("../chats/delete-chat.tsx")).DeleteChatDialog;
const loadLeave = async () => (await import("../chats/delete-chat.tsx")).LeaveDialog;
const loadReport = async () => (await import("../reports/report-dialog.tsx")).ReportDialog;
const loadSheet = async () => (await import("../shortcuts/shortcut-sheet.tsx")).ShortcutSheet;

function Opened({ dialog, onClose }: { dialog: DialogAsk; onClose: () => void }): JSX.Element {
  switch (dialog.kind) {
    case "settings":
      return <Later load={loadSettings} props={{ tab: dialog.tab, onClose }} onFailed={onClose} />;
    case "switcher":
      return <Later load={loadSwitcher} props={{ openId: dialog.openId, onClose }} onFailed={onClose} />;
    case "shortcuts":
      return <Later load={loadSheet} props={{ onClose }} onFailed={onClose} />;
    case "share":
      return <Later load={loadShare} props={{ onClose }} onFailed={onClose} />;
    case "own-code":
      return <Later load={loadOwnCode} props={{ onClose }} onFailed={onClose} />;
    case "link":
      return <LinkDialog code={dialog.code} onClose={onClose} />;
    case "starred":
      return <Later load={loadStarred} props={{ onClose }} onFailed={onClose} />;
    case "delete-chat":
      return <Later load={loadDelete} props={{ conversationId: dialog.conversationId, onClose }} onFailed={onClose} />;
    case "leave":
      return <Later load={loadLeave} props={{ conversationId: dialog.conversationId, onClose }} onFailed={onClose} />;
    case "report":
      return (
        <Later
          load={loadReport}
          props={{ about: dialog.about, personId: dialog.personId, onClose }}
          onFailed={onClose}
        />
      );
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
