/** Owns the dialog that is open over the app; one at a time. */
import { type JSX, type ReactNode, useCallback, useState } from "react";
import { later } from "../../browser/later.tsx";
import { type DialogAsk, OpenDialogContext, takeReopened } from "../../navigation/open-dialog.ts";

const OpenedDialog = later(async () => (await import("./opened-dialog.tsx")).OpenedDialog, {
  isSoon: true,
  whenMissing: ({ onClose }) => onClose(),
});

export function DialogProvider({ children }: { children: ReactNode }): JSX.Element {
  const [dialog, setDialog] = useState<DialogAsk | null>(takeReopened);
  const close = useCallback(() => setDialog(null), []);
  return (
    <OpenDialogContext value={setDialog}>
      {children}
      {dialog !== null && <OpenedDialog key={dialog.kind} dialog={dialog} onClose={close} />}
    </OpenDialogContext>
  );
}
