/** Owns the line of a row that says that somebody is typing; in a group also who. */
import { t } from "@lingui/core/macro";
import { Trans } from "@lingui/react/macro";
import { type JSX, useSyncExternalStore } from "react";
import { useAccount } from "../../accounts/account-context.ts";
import { shortNameOf } from "../../names/names.ts";
import { usePerson } from "../../people/people.ts";

const nobody: readonly string[] = [];

/** Who is typing in a chat. Only the rows of that chat are rendered when this changes. */
export function useTyping(conversationId: string): readonly string[] {
  const { typing } = useAccount();
  return useSyncExternalStore(typing.subscribe, () => typing.getSnapshot().get(conversationId) ?? nobody);
}

export function TypingText({ userIds, isGroup }: { userIds: readonly string[]; isGroup: boolean }): JSX.Element {
  const [first] = userIds;
  const name = <bdi>{shortNameOf(usePerson(isGroup ? first : undefined))}</bdi>;
  return (
    <span className="row-typing" data-testid="row-typing">
      {!isGroup ? (
        <span key="direct">{t({ message: "typing…", comment: "In the list of chats: the other one is typing" })}</span>
      ) : userIds.length === 1 ? (
        <Trans comment="In the list of chats: a member is typing">{name} is typing…</Trans>
      ) : (
        <span key="several">{t`Several are typing…`}</span>
      )}
    </span>
  );
}
