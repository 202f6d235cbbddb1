/** Owns what completes a word that is being typed: members after an `@`, emoji after a `:`. Where both could be meant, members are offered. */
import { type JSX, type RefObject, useId, useState } from "react";
import { mentionQueryAt } from "parley-sdk";
import { useAccount } from "../../../accounts/account-context.ts";
import type { Emoji } from "../../../emoji/emoji.ts";
import { useActions } from "../../actions.ts";
import { type Mentionable, useMentionable } from "../../mentionable.ts";
import { handleOf, MentionList, type MentionOption, optionsFor } from "../mention-list.tsx";
import { EmojiNameList, type EmojiNames, useEmojiNames } from "./emoji-names.tsx";
import { replace } from "./insert.ts";
import { listKey } from "./list-key.ts";

interface CompletionParts {
  readonly field: RefObject<HTMLTextAreaElement | null>;
  readonly text: string;
  readonly caret: number;
  /** Whether a message is being edited: an edit mentions nobody anew at once. */
  readonly isEdit: boolean;
}

export interface Completion {
  readonly mentionable: Mentionable;
  /** The list above the field; null where nothing is offered. */
  readonly list: JSX.Element | null;
  /** For the field: the list that it controls, and the line of it that is chosen. */
  readonly attributes: { readonly "aria-controls"?: string; readonly "aria-activedescendant"?: string };
  /** Does what a key means in the list; false if it means nothing there. */
  readonly takesKey: (key: string) => boolean;
  /** What stands in the text in place of a whole `:name:`. */
  readonly whole: EmojiNames["whole"];
  /** The text has changed: a list that was closed may come again. */
  readonly reset: () => void;
}

export function useCompletion({ field, text, caret, isEdit }: CompletionParts): Completion {
  const account = useAccount();
  const { conversation, details, isGroup } = useActions();
  const [chosen, setChosen] = useState(0);
  const [isClosed, setIsClosed] = useState(false);
  const listId = useId();
  const query = isGroup && !isClosed ? mentionQueryAt(text, caret) : null;
  const mentionable = useMentionable(conversation, details, query);
  const offered =
    query === null
      ? []
      : optionsFor(
          query,
          mentionable.offered.filter(({ id }) => id !== account.userId),
          mentionable.mayAll && !isEdit,
        );
  const names = useEmojiNames(account.userId, text, caret, isClosed);

  const pick = (option: MentionOption) => {
    if (query !== null && field.current !== null) replace(field.current, query.at, caret, `@${handleOf(option)} `);
  };
  const pickEmoji = (emoji: Emoji) => {
    if (field.current !== null) replace(field.current, names.at, caret, `${names.written(emoji)} `);
  };
  const takesKey = (key: string): boolean => {
    const moves = { setChosen, close: () => setIsClosed(true) };
    if (offered.length > 0) {
      // If the handle is typed in full, Enter sends and does not choose from the list.
      const option = offered[chosen];
      const isWhole = key === "Enter" && option !== undefined && handleOf(option) === query?.typed;
      return !isWhole && listKey(key, offered, chosen, { ...moves, pick });
    }
    return names.offered.length > 0 && listKey(key, names.offered, chosen, { ...moves, pick: pickEmoji });
  };
  const list =
    offered.length > 0 ? (
      <MentionList id={listId} offered={offered} chosen={chosen} onPick={pick} />
    ) : names.offered.length > 0 ? (
      <EmojiNameList id={listId} names={names} userId={account.userId} chosen={chosen} onPick={pickEmoji} />
    ) : null;
  return {
    mentionable,
    list,
    attributes: list === null ? {} : { "aria-controls": listId, "aria-activedescendant": `${listId}-${chosen}` },
    takesKey,
    whole: (now, at) => names.whole(now, at),
    reset: () => {
      setIsClosed(false);
      setChosen(0);
    },
  };
}
