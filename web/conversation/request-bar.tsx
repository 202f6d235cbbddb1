/** Owns the bar over the composer of a request, that is, a conversation that a stranger began. It offers to accept it, archive it, and block the stranger or leave the group. */
import { t } from "@lingui/core/macro";
import { type JSX, useState } from "react";
import type { Summary } from "parley-sdk";
import { useAccount } from "../accounts/account-context.ts";
import { useObservable } from "parley-sdk/react";
import { navigate } from "../navigation/route.ts";
import { nameOf } from "../names/names.ts";
import { useChatActions } from "../chats/chat-actions.ts";
import { usePeople } from "../people/people.ts";
import { Confirm } from "../ui/dialog.tsx";
import { useAttempt } from "../ui/toast.tsx";
import { useActions } from "./actions.ts";

export function RequestBar(): JSX.Element | null {
  const summary = useObservable(useActions().conversation.summary);
  return summary?.request !== true || summary.left ? null : <Bar summary={summary} />;
}

function Bar({ summary }: { summary: Summary }): JSX.Element {
  const account = useAccount();
  const people = usePeople();
  const { conversation, canWrite } = useActions();
  const attempt = useAttempt();
  const [isBlocking, setIsBlocking] = useState(false);
  const { peer } = summary;
  const name = nameOf(peer);
  const { setArchived } = useChatActions(summary);
  const putAway = () => {
    setArchived(true);
    navigate({ at: "inbox" });
  };
  return (
    <section className="request-bar" aria-label={t`Request`}>
      <p>
        <span>
          {peer === undefined ? t`Somebody you do not know added you to this group.` : t`You do not know ${name}.`}
        </span>{" "}
        <span>{t`They do not see whether you have read this until you accept or answer.`}</span>
      </p>
      <div className="request-actions">
        <button
          type="button"
          className="button button-main"
          onClick={() => attempt(() => account.inbox.patch(conversation.id, { request: false }))}
        >
          {t`Accept`}
        </button>
        <button type="button" className="button" onClick={putAway}>
          {t({ message: "Archive", context: "verb" })}
        </button>
        {peer === undefined
          ? canWrite && (
              <button
                type="button"
                className="button button-danger"
                onClick={() => attempt(() => conversation.leave())}
              >
                {t`Leave`}
              </button>
            )
          : canWrite && (
              <button type="button" className="button button-danger" onClick={() => setIsBlocking(true)}>
                {t({ message: "Block", context: "verb" })}
              </button>
            )}
      </div>
      {isBlocking && peer !== undefined && (
        <Confirm
          title={t`Block ${name}?`}
          text={t`Neither of you can write in your direct chat any more. They get no message about it.`}
          action={t({ message: "Block", context: "verb" })}
          onConfirm={() =>
            attempt(async () => {
              await people.setBlocked(peer.id, true);
              putAway();
            })
          }
          onClose={() => setIsBlocking(false)}
        />
      )}
    </section>
  );
}
