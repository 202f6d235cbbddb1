/** Owns saying new messages to screen readers: only what comes in while the conversation is open, never history. */
import { type JSX, useEffect, useState } from "react";
import type { Message } from "../../client/index.ts";
import { useAccount } from "../app/account-context.ts";
import { nameOf } from "../people/names.ts";
import { usePerson } from "../people/people.ts";
import { useActions } from "./actions.ts";

const saidCharacters = 300;

export function Announcer(): JSX.Element {
  const account = useAccount();
  const { conversation } = useActions();
  const [message, setMessage] = useState<Message | null>(null);
  const sender = usePerson(message?.senderId);
  useEffect(
    () =>
      account.onMessage((event) => {
        if (event.conversation === conversation && !event.isOwn) setMessage(event.message);
      }),
    [account, conversation],
  );
  return (
    <div className="sr-only" role="status" aria-live="polite">
      {message !== null && `${nameOf(sender)}: ${message.text.slice(0, saidCharacters)}`}
    </div>
  );
}
