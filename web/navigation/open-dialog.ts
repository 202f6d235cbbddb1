/** Owns how any component asks for a dialog to be opened. `dialogs.tsx` shows it. */
import { createContext, useContext } from "react";
import type { ReportAbout } from "parley-sdk";

export type DialogAsk =
  | { readonly kind: "settings"; readonly tab?: string }
  /** The approval of another device. `code` is empty where it is to be typed. */
  | { readonly kind: "link"; readonly code: string }
  | { readonly kind: "switcher"; readonly openId: string | null }
  | { readonly kind: "shortcuts" }
  | { readonly kind: "share" }
  | { readonly kind: "own-code" }
  | { readonly kind: "starred" }
  /** `id`: of the folder whose form is open at first. */
  | { readonly kind: "folders"; readonly id?: string }
  | { readonly kind: "chat-folders"; readonly conversationId: string }
  | { readonly kind: "new-group" }
  | { readonly kind: "delete-chat" | "leave"; readonly conversationId: string }
  | { readonly kind: "join"; readonly code: string }
  | { readonly kind: "report"; readonly about: ReportAbout; readonly personId?: string | undefined }
  | { readonly kind: "person"; readonly userId: string };

export const OpenDialogContext = createContext<(dialog: DialogAsk) => void>(() => undefined);

export function useOpenDialog(): (dialog: DialogAsk) => void {
  return useContext(OpenDialogContext);
}

let reopened: DialogAsk | null = null;

/** The dialog that is open after the app was drawn anew, as in another language. */
export function reopenOnce(dialog: DialogAsk | null): void {
  reopened = dialog;
}

export function takeReopened(): DialogAsk | null {
  const dialog = reopened;
  reopened = null;
  return dialog;
}
