/** Owns the steps from hit to hit in an open chat, and where among the hits the reader is. */
import { plural, t } from "@lingui/core/macro";
import { useEffect, useEffectEvent, useState } from "react";
import { useAccount } from "../../accounts/account-context.ts";
import { useActions } from "../actions.ts";
import { nameOf } from "../../names/names.ts";
import { usePeople } from "../../people/people.ts";
import { numberText } from "../../texts/formats.ts";
import type { HitPages, HitsState } from "../../search/hit-pages.ts";
import { markWordsOf, unmarkWords } from "../../search/text/marked-words.ts";

const saidCharacters = 300;

export type Way = "older" | "newer";

export interface Steps {
  /** The hit that is shown; -1 at first. */
  readonly index: number;
  /** The wanted hit is not known yet, and the search for it goes on. */
  readonly isWaiting: boolean;
  readonly step: (way: Way) => void;
}

/** The hit that the user wants to see. `key`: the search that it belongs to. */
interface Wanted {
  readonly key: string;
  readonly index: number;
}

/** A step beyond the known hits waits for more of them. `key` names the search that is typed now; its `pages` may not be there yet. */
export function useSteps(key: string, pages: HitPages | null, state: HitsState): Steps {
  const { conversation, jump, announce } = useActions();
  const people = usePeople();
  const account = useAccount();
  const [wanted, setWanted] = useState<Wanted>({ key, index: -1 });
  const isOver = state.status === "done" || state.status === "failed";
  const index = wanted.key === key && pages !== null ? Math.min(wanted.index, state.hits.length - 1) : -1;
  const isWaiting = wanted.key === key && index < wanted.index && !isOver;

  const show = useEffectEvent((position: string) => {
    const hit = state.hits[index];
    if (hit === undefined) return;
    const { message } = hit;
    markWordsOf(hit);
    jump(message.seq);
    const isOwn = message.senderId === account.userId;
    const name = nameOf(isOwn ? account.user.getSnapshot() : people.user(message.senderId));
    const text = message.text.slice(0, saidCharacters);
    announce(
      t({
        message: `${position}. ${name}: ${text}`,
        comment: "Said by screen readers: which of the hits is shown, its sender, the message",
      }),
    );
  });
  // Each step shows its hit, even if it is the same hit as before: the reader may have scrolled away meanwhile.
  useEffect(() => {
    if (index >= 0 && !isWaiting) show(numberText(index + 1));
  }, [wanted, index, isWaiting]);
  useEffect(() => () => unmarkWords(conversation.id), [conversation.id, pages]);
  useEffect(() => {
    if (isWaiting) pages?.more();
  }, [isWaiting, pages, state.hits.length]);

  const step = (way: Way) => {
    if (way === "older") setWanted({ key, index: index + 1 });
    else if (index > 0) setWanted({ key, index: index - 1 });
  };
  return { index, step, isWaiting };
}

/** "3 of 12" */
export function placeText({ hits, status }: HitsState, index: number, isWaiting: boolean): string {
  const isOver = status === "done";
  if (status === "searching" && (hits.length === 0 || isWaiting)) return t`Searching…`;
  if (hits.length === 0) return isOver ? t`Nothing found` : "";
  const count = numberText(hits.length);
  if (index < 0)
    return isOver
      ? plural(hits.length, { one: "# hit", other: "# hits" })
      : t({ message: `${count}+ hits`, comment: "There are more hits than this number" });
  const position = numberText(index + 1);
  return isOver
    ? t({ message: `${position} of ${count}`, comment: "Which of the hits is shown" })
    : t({
        message: `${position} of ${count}+`,
        comment: "Which of the hits is shown; there are more than the second number",
      });
}
