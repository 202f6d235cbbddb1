/** Owns the beginning of the message that another one answers. */
import { type JSX, useEffect, useState } from "react";
import type { Message } from "../../client/index.ts";
import { nameOf } from "../people/names.ts";
import { usePerson } from "../people/people.ts";
import { useActions } from "./actions.ts";

const quotedCharacters = 160;

/** Messages that were quoted but not loaded, fetched once. */
const fetched = new Map<string, Message>();

function useQuoted(seq: number): Message | undefined {
  const { conversation } = useActions();
  const name = `${conversation.id}/${seq}`;
  const [, setCount] = useState(0);
  const entry = conversation.timeline
    .getSnapshot()
    .entries.find((each) => each.kind === "message" && each.message.seq === seq);
  const known = entry?.kind === "message" ? entry.message : fetched.get(name);
  const isMissing = known === undefined;
  useEffect(() => {
    if (!isMissing) return undefined;
    let isCurrent = true;
    conversation.whole(seq).then(
      (message) => {
        fetched.set(name, message);
        if (isCurrent) setCount((count) => count + 1);
      },
      () => undefined,
    );
    return () => {
      isCurrent = false;
    };
  }, [conversation, isMissing, name, seq]);
  return known;
}

export function Quote({ seq }: { seq: number }): JSX.Element {
  const { jump } = useActions();
  const message = useQuoted(seq);
  const sender = usePerson(message?.senderId);
  return (
    <button
      type="button"
      className="quote"
      tabIndex={-1}
      onClick={() => jump(seq)}
      aria-label="Go to the message answered"
    >
      <bdi className="quote-name">{message === undefined ? "…" : nameOf(sender)}</bdi>
      <span className="quote-text" dir="auto">
        {message === undefined
          ? "An earlier message"
          : message.unsentAt === null
            ? message.text.slice(0, quotedCharacters)
            : "Message unsent"}
      </span>
    </button>
  );
}
