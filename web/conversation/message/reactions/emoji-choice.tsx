/** Owns the choice of a reaction at the top of a message's menu: a few, the latest first, and a way to all of them. */
import { t } from "@lingui/core/macro";
import type { JSX } from "react";
import { useObservable } from "parley-sdk/react";
import { useAccount } from "../../../accounts/account-context.ts";
import { quickOf, usedOf } from "../../../emoji/recent.ts";
import { Icon } from "../../../ui/icons.tsx";
import { MenuSign } from "../../../ui/menu.tsx";

interface ChoiceProps {
  readonly onChoose: (emoji: string) => void;
  readonly onMore: () => void;
}

export function EmojiChoice({ onChoose, onMore }: ChoiceProps): JSX.Element {
  const used = useObservable(usedOf(useAccount().userId));
  return (
    <div className="menu-emoji">
      {quickOf(used).map((emoji) => (
        <MenuSign
          key={emoji}
          label={t({ message: `React ${emoji}`, comment: "Adds this emoji to a message" })}
          onSelect={() => onChoose(emoji)}
        >
          {emoji}
        </MenuSign>
      ))}
      <MenuSign key="more" label={t`More reactions`} onSelect={onMore}>
        <Icon name="plus" />
      </MenuSign>
    </div>
  );
}
