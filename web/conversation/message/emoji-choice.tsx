/** Owns the choice of a reaction in a message's menu: a few usual ones, and all of them after "More reactions". */
import { t } from "@lingui/core/macro";
import { DropdownMenu } from "radix-ui";
import { type JSX, useState } from "react";
import { moreEmoji, quickEmoji } from "./reactions.tsx";

export function EmojiChoice({ onChoose }: { onChoose: (emoji: string) => void }): JSX.Element {
  const [showsAll, setShowsAll] = useState(false);
  return (
    <div className={showsAll ? "menu-emoji menu-emoji-all" : "menu-emoji"}>
      {(showsAll ? moreEmoji : quickEmoji).map((emoji) => (
        <DropdownMenu.Item
          key={emoji}
          className="emoji"
          aria-label={t({ message: `React ${emoji}`, comment: "Adds this emoji to a message" })}
          onSelect={() => onChoose(emoji)}
        >
          {emoji}
        </DropdownMenu.Item>
      ))}
      {!showsAll && (
        <DropdownMenu.Item
          key="more"
          className="emoji"
          aria-label={t`More reactions`}
          onSelect={(event) => {
            event.preventDefault();
            setShowsAll(true);
          }}
        >
          +
        </DropdownMenu.Item>
      )}
    </div>
  );
}
