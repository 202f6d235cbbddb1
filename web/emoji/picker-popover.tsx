/** Owns the picker as it drops from a button; on a phone it is a sheet at the lower edge. */
import { t } from "@lingui/core/macro";
import { Popover } from "radix-ui";
import { type JSX, type ReactNode } from "react";
import { createPortal } from "react-dom";
import { useIsPhone } from "../browser/observe.ts";
import { useBackCloses } from "../navigation/back.ts";
import { noteFocus, returnFocus } from "../ui/focus.ts";
import { usePortal } from "../ui/dialog.tsx";
import { PickerLoader } from "./picker-loader.tsx";

interface PopoverProps {
  /** The button. */
  readonly children: ReactNode;
  readonly userId: string;
  readonly isOpen: boolean;
  readonly onOpenChange: (isOpen: boolean) => void;
  readonly onPick: (emoji: string) => void;
  /** What is shown in place of the whole picker, for example a few emoji. */
  readonly instead?: ReactNode;
  readonly onClosed?: () => void;
}

export function PickerPopover(props: PopoverProps): JSX.Element {
  const { children, userId, isOpen, onOpenChange, onPick, instead, onClosed } = props;
  const portal = usePortal() ?? document.body;
  const isWhole = instead === undefined;
  const isSheet = useIsPhone() && isWhole;
  useBackCloses(isOpen, () => onOpenChange(false));
  return (
    <Popover.Root open={isOpen} onOpenChange={onOpenChange}>
      <Popover.Trigger asChild onPointerDown={(event) => noteFocus(event.currentTarget)}>
        {children}
      </Popover.Trigger>
      {isOpen && isSheet && createPortal(<div className="sheet-backdrop" />, portal)}
      <Popover.Portal container={portal}>
        <Popover.Content
          className={isWhole ? "picker-place picker-sheet" : "picker-place picker-quick"}
          side="top"
          align="end"
          sideOffset={6}
          collisionPadding={8}
          aria-label={isWhole ? t`Emoji` : t`Reactions`}
          onCloseAutoFocus={(event) => {
            event.preventDefault();
            if (onClosed === undefined) returnFocus();
            else onClosed();
          }}
        >
          {instead ?? <PickerLoader userId={userId} onPick={onPick} />}
        </Popover.Content>
      </Popover.Portal>
    </Popover.Root>
  );
}
