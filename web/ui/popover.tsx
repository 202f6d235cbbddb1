/** Owns popovers as the page offers them: what drops from a button and is no menu. What shows them is loaded when the page is idle, or when the first one is opened. */
import { type JSX, type ReactNode, useRef } from "react";
import { later } from "../browser/later.tsx";
import { Opener } from "./menus/opener.tsx";
import type { PopoverShownProps } from "./menus/popover-shown.tsx";
import { useShown, type WhereMissing } from "./menus/use-shown.ts";

const PopoverShown = later<PopoverShownProps & WhereMissing>(
  async () => (await import("./menus/popover-shown.tsx")).PopoverShown,
  {
    isSoon: true,
    whenMissing: ({ onMissing }) => onMissing(),
  },
);

interface PopoverProps {
  /** The button. */
  readonly trigger: JSX.Element;
  /** What it shows, made when it is shown. */
  readonly children: () => ReactNode;
  readonly label: string;
  readonly className: string;
  readonly align: "start" | "end";
  readonly isOpen: boolean;
  readonly onOpenChange: (isOpen: boolean) => void;
  /** On a phone it is a sheet, over a page that is darkened. */
  readonly isSheet?: boolean;
  /** Takes the focus when it is closed; without it the focus returns to where it was. */
  readonly onClosed?: (() => void) | undefined;
}

export function Popover(props: PopoverProps): JSX.Element {
  const { trigger, isOpen, onOpenChange, ...shown } = props;
  const { isThere, onMissing } = useShown(isOpen, onOpenChange);
  const opener = useRef<HTMLButtonElement>(null);
  return (
    <>
      <Opener kind="dialog" opener={opener} isOpen={isOpen} onOpenChange={onOpenChange} onNear={PopoverShown.fetch}>
        {trigger}
      </Opener>
      {isThere && (
        <PopoverShown {...shown} opener={opener} isOpen={isOpen} onOpenChange={onOpenChange} onMissing={onMissing} />
      )}
    </>
  );
}
