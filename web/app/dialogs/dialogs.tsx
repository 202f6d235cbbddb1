/** Owns the dialog that is open over the app; one at a time. */
import { type JSX, type ReactNode, useCallback, useState } from "react";
import { later } from "../../browser/later.tsx";
import { type DialogAsk, OpenDialogContext, takeReopened } from "../../navigation/open-dialog.ts";
import { typeAhead } from "../../shortcuts/typed-ahead.ts";

const OpenedDialog = later(async () => (await import("./opened-dialog.tsx")).OpenedDialog, {
  isSoon: true,
  whenMissing: ({ onClose }) => onClose(),
});

export function DialogProvider({ children }: { children: ReactNode }): JSX.Element {
  const [dialog, setDialog] = useState<DialogAsk | null>(takeReopened);
  const close = useCallback(() => setDialog(null), []);
  const open = useCallback((asked: DialogAsk) => {
    // Those that begin with a field. Who knows the keys does not wait for the dialog.
    if (asked.kind === "switcher" || asked.kind === "new-group" || asked.kind === "join") typeAhead("dialog input");
    setDialog(asked);
  }, []);
  return (
    <OpenDialogContext value={open}>
      {children}
      {dialog !== null && <OpenedDialog key={dialog.kind} dialog={dialog} onClose={close} />}
    </OpenDialogContext>
  );
}
