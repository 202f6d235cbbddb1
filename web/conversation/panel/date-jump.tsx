/** Owns going to a day: the first message of that day, or else the next one after it. */
import { t } from "@lingui/core/macro";
import { type FormEvent, type JSX, useState } from "react";
import type { Conversation, ConversationHandle } from "parley-sdk";
import { useAccount } from "../../accounts/account-context.ts";
import { useNow } from "../../browser/observe.ts";
import { Field } from "../../ui/field.tsx";
import { useAttempt, useSay } from "../../ui/toast.tsx";
import { useActions } from "../actions.ts";
import { searchDay } from "./day-search.ts";

/** Messages on either side of the place where the day should begin, which are fetched at once. */
const nearEnough = 20;

export function DateJump({ details, onArrived }: { details: Conversation; onArrived: () => void }): JSX.Element {
  const { conversation, jump } = useActions();
  const attempt = useAttempt();
  const say = useSay();
  const now = useNow(60_000, useAccount().presence.now);
  const [day, setDay] = useState("");
  const [isBusy, setIsBusy] = useState(false);
  const time = new Date(`${day}T00:00`).getTime();
  const go = (event: FormEvent) => {
    event.preventDefault();
    if (isBusy || Number.isNaN(time)) return;
    setIsBusy(true);
    attempt(async () => {
      try {
        const seq = await firstSince(conversation, details, time);
        if (seq === null) return say(t`Nothing was written on that day or after it.`);
        onArrived();
        jump(seq);
      } finally {
        setIsBusy(false);
      }
    });
  };
  return (
    <form className="history-tool date-jump" onSubmit={go} noValidate>
      <Field
        label={t`Go to a day`}
        type="date"
        value={day}
        min={dayText(details.createdAt)}
        max={dayText(now)}
        onChange={(event) => setDay(event.target.value)}
      />
      <button type="submit" className="button" disabled={isBusy || Number.isNaN(time)}>
        {isBusy ? t`Searching…` : t({ message: "Go", comment: "Button: goes to the chosen day in the history" })}
      </button>
    </form>
  );
}

async function firstSince(
  conversation: ConversationHandle,
  details: Conversation,
  time: number,
): Promise<number | null> {
  const { headSeq } = conversation.timeline.getSnapshot();
  const found = await searchDay({
    first: details.policy.history === "joined" ? details.me.joinedSeq + 1 : 1,
    last: Math.max(headSeq, details.head.seq),
    time,
    nearEnough,
    sentAt: async (seq) => (await conversation.loadFullMessage(seq)).sentAt,
  });
  if (found === null || found.upTo - found.after === 1) return found?.upTo ?? null;
  const window = conversation.window({ around: found.upTo });
  await window.load();
  const { entries } = window.getSnapshot();
  const first = entries.find(
    (entry) => entry.kind === "message" && entry.message.seq > found.after && entry.message.sentAt >= time,
  );
  return first?.kind === "message" ? first.message.seq : found.upTo;
}

/** As a field of dates has it, in the time of this place. */
function dayText(at: number): string {
  const day = new Date(at);
  const two = (value: number) => String(value).padStart(2, "0");
  return `${day.getFullYear()}-${two(day.getMonth() + 1)}-${two(day.getDate())}`;
}
