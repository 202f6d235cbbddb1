/** Owns the list of the messages that the user has starred, in all chats. */
import { t } from "@lingui/core/macro";
import { type JSX, useEffect, useEffectEvent, useState } from "react";
import { useAccount } from "../accounts/account-context.ts";
import { Dialog } from "../ui/dialog.tsx";
import { HitList } from "./hit-list.tsx";
import { HitPages } from "./hit-pages.ts";
import { KeptHits } from "./hits.ts";

export function StarredDialog({ onClose }: { onClose: () => void }): JSX.Element {
  const account = useAccount();
  const [kept] = useState(
    () =>
      new KeptHits(
        "",
        new HitPages(async (ask) => {
          const page = await account.stars(ask);
          return { ...page, items: page.items.map(({ message }) => ({ message, highlights: [] })) };
        }),
      ),
  );
  // A message that is opened lies below the dialog.
  const close = useEffectEvent(onClose);
  useEffect(() => {
    const onGone = () => close();
    addEventListener("hashchange", onGone);
    return () => removeEventListener("hashchange", onGone);
  }, []);
  return (
    <Dialog title={t`Starred messages`} onClose={onClose}>
      <div className="dialog-body starred">
        <HitList
          kept={kept}
          label={t`Starred messages`}
          emptyText={t`Nothing is starred yet. Star a message to find it here, on all your devices.`}
          isUnread={() => false}
          onLeave={onClose}
        />
      </div>
    </Dialog>
  );
}
