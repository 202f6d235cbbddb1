/** Owns the picker as it drops from a button; on a phone it is a sheet at the lower edge. */
import { t } from "@lingui/core/macro";
import type { JSX, ReactNode } from "react";
import { Popover } from "../ui/popover.tsx";
import { PickerLoader } from "./picker-loader.tsx";

interface PopoverProps {
  /** The button. */
  readonly children: JSX.Element;
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
  const isWhole = instead === undefined;
  return (
    <Popover
      trigger={children}
      label={isWhole ? t`Emoji` : t`Reactions`}
      className={isWhole ? "picker-place picker-sheet" : "picker-place picker-quick"}
      align="end"
      isSheet={isWhole}
      isOpen={isOpen}
      onOpenChange={onOpenChange}
      onClosed={onClosed}
    >
      {() => instead ?? <PickerLoader userId={userId} onPick={onPick} />}
    </Popover>
  );
}
