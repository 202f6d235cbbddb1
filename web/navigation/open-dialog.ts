/** Owns how any component asks for a dialog to be opened. `dialogs.tsx` shows it. */
import { createContext, useContext } from "react";

export type DialogAsk =
  | { readonly kind: "settings" }
  /** The approval of another device. `code` is empty where it is to be typed. */
  | { readonly kind: "link"; readonly code: string }
  | { readonly kind: "starred" }
  | { readonly kind: "new-group" }
  | { readonly kind: "join"; readonly code: string }
  | { readonly kind: "person"; readonly userId: string };

export const OpenDialogContext = createContext<(dialog: DialogAsk) => void>(() => undefined);

export function useOpenDialog(): (dialog: DialogAsk) => void {
  return useContext(OpenDialogContext);
}
