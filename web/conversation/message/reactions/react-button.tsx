/** Owns the button beside a message that adds a reaction: it offers a few, the latest first, and then the whole picker. */
import { t } from "@lingui/core/macro";
import type { JSX } from "react";
import type { Message } from "parley-sdk";
import { useObservable } from "parley-sdk/react";
import { useAccount } from "../../../accounts/account-context.ts";
import { loadPicker } from "../../../emoji/picker-loader.tsx";
import { PickerPopover } from "../../../emoji/picker-popover.tsx";
import { quickOf, usedOf } from "../../../emoji/recent.ts";
import { IconButton } from "../../../ui/button.tsx";
import { Icon } from "../../../ui/icons.tsx";
import { useReachIndex } from "../reach.ts";
import { useReact } from "./react.ts";

/** What is open: nothing, the few, or the whole picker. */
export type Reacting = "no" | "few" | "all";

interface ReactProps {
  readonly message: Message;
  readonly isSeen: boolean;
  readonly reacting: Reacting;
  readonly onReacting: (reacting: Reacting) => void;
}

export function ReactButton({ message, isSeen, reacting, onReacting }: ReactProps): JSX.Element {
  const { userId } = useAccount();
  const react = useReact(message);
  const reachIndex = useReachIndex();
  const pick = (emoji: string) => {
    onReacting("no");
    react(emoji);
  };
  return (
    <PickerPopover
      userId={userId}
      isOpen={reacting !== "no"}
      onOpenChange={(isOpen) => onReacting(isOpen ? "few" : "no")}
      onPick={pick}
      {...(reacting === "all" ? {} : { instead: <Few onPick={pick} onMore={() => onReacting("all")} /> })}
    >
      <IconButton
        icon={isSeen ? "smilePlus" : null}
        label={t({ message: "React", comment: "Adds an emoji to a message" })}
        size={18}
        tabIndex={reachIndex}
      />
    </PickerPopover>
  );
}

function Few({ onPick, onMore }: { onPick: (emoji: string) => void; onMore: () => void }): JSX.Element {
  const used = useObservable(usedOf(useAccount().userId));
  return (
    <>
      {quickOf(used).map((emoji) => (
        <button
          key={emoji}
          type="button"
          className="emoji"
          aria-label={t({ message: `React ${emoji}`, comment: "Adds this emoji to a message" })}
          onClick={() => onPick(emoji)}
        >
          {emoji}
        </button>
      ))}
      <button
        type="button"
        className="emoji"
        aria-label={t`More reactions`}
        title={t`More reactions`}
        onPointerEnter={() => void loadPicker().catch(() => undefined)}
        onClick={onMore}
      >
        <Icon name="plus" />
      </button>
    </>
  );
}
