/** Owns which dialog is shown for what was asked. Each is fetched when it is first opened, and this before, when the page is idle. */
import type { JSX } from "react";
import { later } from "../../browser/later.tsx";
import type { DialogAsk } from "../../navigation/open-dialog.ts";

/** A dialog that cannot be fetched closes. */
const closing = { whenMissing: ({ onClose }: { readonly onClose: () => void }) => onClose() };

const SettingsDialog = later(async () => (await import("../../settings/settings-dialog.tsx")).SettingsDialog, closing);
const Switcher = later(async () => (await import("../../shortcuts/switcher.tsx")).Switcher, closing);
const ShortcutSheet = later(async () => (await import("../../shortcuts/shortcut-sheet.tsx")).ShortcutSheet, closing);
const ShareDialog = later(async () => (await import("../../share/share-dialog.tsx")).ShareDialog, closing);
const OwnCode = later(async () => (await import("../../people/own-code.tsx")).OwnCode, closing);
const LinkDialog = later(async () => (await import("../../security/link-dialog.tsx")).LinkDialog, closing);
const StarredDialog = later(async () => (await import("../../search/starred-dialog.tsx")).StarredDialog, closing);
const FoldersDialog = later(async () => (await import("../../folders/folders-dialog.tsx")).FoldersDialog, closing);
const ChatFoldersDialog = later(
  async () => (await import("../../folders/chat-folders-dialog.tsx")).ChatFoldersDialog,
  closing,
);
const DeleteChatDialog = later(async () => (await import("../../chats/delete-chat.tsx")).DeleteChatDialog, closing);
const LeaveDialog = later(async () => (await import("../../chats/delete-chat.tsx")).LeaveDialog, closing);
const ReportDialog = later(async () => (await import("../../reports/report-dialog.tsx")).ReportDialog, closing);
const JoinDialog = later(async () => (await import("../../conversations/join-dialog.tsx")).JoinDialog, closing);
const NewGroupDialog = later(
  async () => (await import("../../conversations/new-group-dialog.tsx")).NewGroupDialog,
  closing,
);
const PersonDialog = later(async () => (await import("../../people/profile/person-dialog.tsx")).PersonDialog, closing);

export function OpenedDialog({ dialog, onClose }: { dialog: DialogAsk; onClose: () => void }): JSX.Element {
  switch (dialog.kind) {
    case "settings":
      return <SettingsDialog tab={dialog.tab} onClose={onClose} />;
    case "switcher":
      return <Switcher openId={dialog.openId} onClose={onClose} />;
    case "shortcuts":
      return <ShortcutSheet onClose={onClose} />;
    case "share":
      return <ShareDialog onClose={onClose} />;
    case "own-code":
      return <OwnCode onClose={onClose} />;
    case "link":
      return <LinkDialog code={dialog.code} onClose={onClose} />;
    case "starred":
      return <StarredDialog onClose={onClose} />;
    case "folders":
      return <FoldersDialog id={dialog.id} onClose={onClose} />;
    case "chat-folders":
      return <ChatFoldersDialog conversationId={dialog.conversationId} onClose={onClose} />;
    case "delete-chat":
      return <DeleteChatDialog conversationId={dialog.conversationId} onClose={onClose} />;
    case "leave":
      return <LeaveDialog conversationId={dialog.conversationId} onClose={onClose} />;
    case "report":
      return <ReportDialog about={dialog.about} personId={dialog.personId} onClose={onClose} />;
    case "new-group":
      return <NewGroupDialog onClose={onClose} />;
    case "join":
      return <JoinDialog code={dialog.code} onClose={onClose} />;
    case "person":
      return <PersonDialog userId={dialog.userId} onClose={onClose} />;
  }
}
