/** Owns the completion of a `:name` in the text field: a list of emoji, which are loaded when the first name is begun. */
import { t } from "@lingui/core/macro";
import { type JSX, useEffect, useState } from "react";
import { useObservable } from "parley-sdk/react";
import { type Emoji, emojiQueryAt, found, type Tone, toned, wholeName } from "../../../emoji/emoji.ts";
import { noteUsed, usedOf } from "../../../emoji/recent.ts";

const offeredMax = 7;

export interface EmojiNames {
  readonly offered: readonly Emoji[];
  /** Where the `:` stands. */
  readonly at: number;
  /** The emoji as it is written: in the user's tone of the skin. Notes that it was used. */
  written(emoji: Emoji): string;
  /** What stands in the text in place of a whole `:name:` before the caret; null if there is none. */
  whole(text: string, caret: number): { readonly at: number; readonly text: string } | null;
}

export function useEmojiNames(userId: string, text: string, caret: number, isClosed: boolean): EmojiNames {
  const { tone } = useObservable(usedOf(userId));
  const [all, setAll] = useState<readonly Emoji[] | null>(null);
  const query = isClosed ? null : emojiQueryAt(text, caret);
  const isWanted = query !== null && all === null;
  useEffect(() => {
    if (!isWanted) return undefined;
    let isCurrent = true;
    import("../../../emoji/load-emoji.ts")
      .then(({ loadEmoji }) => loadEmoji())
      .then(
        (loaded) => isCurrent && setAll(loaded),
        // Without the list the text stays as it is typed.
        () => undefined,
      );
    return () => {
      isCurrent = false;
    };
  }, [isWanted]);
  const written = (emoji: Emoji) => {
    const form = toned(emoji, tone);
    noteUsed(userId, form);
    return form;
  };
  return {
    offered: query === null || all === null ? [] : found(all, query.typed, offeredMax),
    at: query?.at ?? 0,
    written,
    whole: (now, at) => {
      const name = all === null ? null : wholeName(all, now, at);
      return name === null ? null : { at: name.at, text: written(name.emoji) };
    },
  };
}

interface ListProps {
  readonly id: string;
  readonly names: EmojiNames;
  readonly userId: string;
  readonly chosen: number;
  readonly onPick: (emoji: Emoji) => void;
}

export function EmojiNameList({ id, names, userId, chosen, onPick }: ListProps): JSX.Element {
  const { tone } = useObservable(usedOf(userId));
  return (
    <ul id={id} className="mention-list" role="listbox" aria-label={t`Emoji`}>
      {names.offered.map((emoji, index) => (
        <Option
          key={emoji.emoji}
          id={`${id}-${index}`}
          emoji={emoji}
          tone={tone}
          isChosen={index === chosen}
          onPick={onPick}
        />
      ))}
    </ul>
  );
}

interface OptionProps {
  readonly id: string;
  readonly emoji: Emoji;
  readonly tone: Tone;
  readonly isChosen: boolean;
  readonly onPick: (emoji: Emoji) => void;
}

function Option({ id, emoji, tone, isChosen, onPick }: OptionProps): JSX.Element {
  return (
    <li
      id={id}
      role="option"
      aria-selected={isChosen}
      className="mention-option"
      // The text field keeps the focus.
      onMouseDown={(event) => event.preventDefault()}
      onClick={() => onPick(emoji)}
    >
      <span className="emoji-option">{toned(emoji, tone)}</span>
      <bdi>{emoji.name}</bdi>
    </li>
  );
}
