/**
 * Owns what screen readers announce in the open conversation: messages that arrive, and texts of the page. They do not announce history, nor a message
 * that was unsent.
 */
import { t } from "@lingui/core/macro";
import { type JSX, useEffect, useSyncExternalStore } from "react";
import type { Message } from "parley-sdk";
import { useAccount } from "../accounts/account-context.ts";
import { useObservable } from "parley-sdk/react";
import { nameOf } from "../names/names.ts";
import { usePerson } from "../people/people.ts";
import { messageLine } from "../media/line.ts";
import { useActions } from "./actions.ts";
import type { Announcements } from "../ui/announcements.ts";

const saidCharacters = 300;

/** A message, or a whole text. */
export type Spoken = Message | string;

export function Announcer({ announcements }: { announcements: Announcements<Spoken> }): JSX.Element {
  const { userId } = useAccount();
  const { conversation } = useActions();
  const lines = useSyncExternalStore(announcements.subscribe, announcements.getSnapshot);
  useEffect(
    () =>
      conversation.onArrival((arrived) => {
        if (arrived.senderId !== userId && arrived.unsentAt === null) announcements.say(arrived);
      }),
    [userId, conversation, announcements],
  );
  // Each line is a new element: screen readers would not say a text that changes to the same words.
  return (
    <div className="sr-only" aria-live="polite" aria-relevant="additions" data-testid="spoken">
      {lines.map(({ number, what }) =>
        typeof what === "string" ? <p key={number}>{what}</p> : <SpokenLine key={number} message={what} />,
      )}
    </div>
  );
}

function SpokenLine({ message }: { message: Message }): JSX.Element | null {
  const { conversation } = useActions();
  const { unsentAt } = useObservable(conversation.message(message.seq)) ?? message;
  const sender = usePerson(message.senderId);
  if (unsentAt !== null) return null;
  const text = messageLine(message).slice(0, saidCharacters);
  const name = nameOf(sender);
  return (
    <p>
      {sender === undefined
        ? text
        : t({
            message: `${name}: ${text}`,
            comment: "Said by screen readers: the sender and the message that came in",
          })}
    </p>
  );
}
