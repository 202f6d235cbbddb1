/** Owns the next steps that are offered where there is nothing to show yet. */
import { t } from "@lingui/core/macro";
import type { JSX } from "react";
import { useAccount } from "../accounts/account-context.ts";
import { useOpenDialog } from "../navigation/open-dialog.ts";
import { openConversation } from "../navigation/route.ts";
import { Icon, type IconName } from "../ui/icons.tsx";
import { useAttempt } from "../ui/toast.tsx";

export function NextSteps({ onFind }: { onFind: () => void }): JSX.Element {
  const account = useAccount();
  const openDialog = useOpenDialog();
  const attempt = useAttempt();
  const writeNotes = () => attempt(async () => openConversation((await account.openDm(account.userId)).id));
  return (
    <div className="next-steps">
      <Step icon="search" text={t`Find somebody`} onClick={onFind} />
      <Step icon="group" text={t`Make a group`} onClick={() => openDialog({ kind: "new-group" })} />
      <Step icon="link" text={t`Join by an invite`} onClick={() => openDialog({ kind: "join", code: "" })} />
      <Step icon="notes" text={t`Notes to yourself`} onClick={writeNotes} />
    </div>
  );
}

function Step({ icon, text, onClick }: { icon: IconName; text: string; onClick: () => void }): JSX.Element {
  return (
    <button type="button" className="next-step" onClick={onClick}>
      <Icon name={icon} />
      <span>{text}</span>
    </button>
  );
}
