/** Owns the profile of a person over the page. */
import { t } from "@lingui/core/macro";
import type { JSX } from "react";
import { Dialog } from "../../ui/dialog.tsx";
import { PersonPanel } from "./person-panel.tsx";

export function PersonDialog({ userId, onClose }: { userId: string; onClose: () => void }): JSX.Element {
  return (
    <Dialog title={t`Profile`} onClose={onClose}>
      <div className="dialog-body">
        <PersonPanel userId={userId} onDone={onClose} />
      </div>
    </Dialog>
  );
}
