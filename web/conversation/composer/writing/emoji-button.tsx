/** Owns the button of the composer that opens the picker of emoji. It stays open, for several of them. */
import { t } from "@lingui/core/macro";
import { type JSX, type RefObject, useState } from "react";
import { loadPicker } from "../../../emoji/picker-loader.tsx";
import { PickerPopover } from "../../../emoji/picker-popover.tsx";
import { IconButton } from "../../../ui/button.tsx";
import { insert } from "./insert.ts";

interface ButtonProps {
  readonly userId: string;
  readonly field: RefObject<HTMLTextAreaElement | null>;
}

export function EmojiButton({ userId, field }: ButtonProps): JSX.Element {
  const [isOpen, setIsOpen] = useState(false);
  return (
    <PickerPopover
      userId={userId}
      isOpen={isOpen}
      onOpenChange={setIsOpen}
      onPick={(emoji) => {
        if (field.current !== null) insert(field.current, emoji);
      }}
      onClosed={() => field.current?.focus()}
    >
      <IconButton
        icon="smile"
        label={t`Emoji`}
        className="composer-emoji"
        onPointerEnter={() => void loadPicker().catch(() => undefined)}
      />
    </PickerPopover>
  );
}
