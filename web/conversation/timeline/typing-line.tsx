/** Owns the line that names the members who are typing. */
import { t } from "@lingui/core/macro";
import { Trans } from "@lingui/react/macro";
import type { JSX } from "react";
import { useObservable } from "parley-sdk/react";
import { shortNameOf } from "../../names/names.ts";
import { usePerson } from "../../people/people.ts";
import { useActions } from "../actions.ts";

export function TypingLine(): JSX.Element {
  const { conversation } = useActions();
  const userIds = useObservable(conversation.typingUsers);
  const first = <ShortName userId={userIds[0]} />;
  const second = <ShortName userId={userIds[1]} />;
  return (
    <div className="typing" aria-live="polite" data-testid="typing">
      {userIds.length > 0 && (
        <>
          <span className="typing-dots" aria-hidden="true">
            <i />
            <i />
            <i />
          </span>
          {userIds.length === 1 ? (
            <Trans>{first} is typing</Trans>
          ) : userIds.length === 2 ? (
            <Trans>
              {first} and {second} are typing
            </Trans>
          ) : (
            <span>{t`Several people are typing`}</span>
          )}
        </>
      )}
    </div>
  );
}

function ShortName({ userId }: { userId: string | undefined }): JSX.Element {
  return <bdi>{shortNameOf(usePerson(userId))}</bdi>;
}
