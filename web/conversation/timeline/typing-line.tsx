/** Owns the line that names the members who are typing. */
import type { JSX } from "react";
import { useObservable } from "parley-sdk/react";
import { shortNameOf } from "../../people/names.ts";
import { usePerson } from "../../people/people.ts";
import { useActions } from "../actions.ts";

export function TypingLine(): JSX.Element {
  const { conversation } = useActions();
  const userIds = useObservable(conversation.typingUsers);
  const first = usePerson(userIds[0]);
  const second = usePerson(userIds[1]);
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
            <span key="one">
              <bdi>{shortNameOf(first)}</bdi> is typing
            </span>
          ) : userIds.length === 2 ? (
            <span key="two">
              <bdi>{shortNameOf(first)}</bdi> and <bdi>{shortNameOf(second)}</bdi> are typing
            </span>
          ) : (
            <span key="several">Several people are typing</span>
          )}
        </>
      )}
    </div>
  );
}
