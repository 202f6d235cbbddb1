/** Owns a popover on screen. */
import { Popover } from "radix-ui";
import type { JSX, ReactNode, RefObject } from "react";
import { createPortal } from "react-dom";
import { useIsPhone } from "../../browser/observe.ts";
import { useBackCloses } from "../../navigation/back.ts";
import { usePortal } from "../dialog.tsx";
import { returnFocus } from "../focus.ts";
import "./menu.css";

export interface PopoverShownProps {
  readonly opener: RefObject<HTMLButtonElement | null>;
  readonly isOpen: boolean;
  readonly onOpenChange: (isOpen: boolean) => void;
  readonly label: string;
  readonly className: string;
  readonly align: "start" | "end";
  readonly isSheet?: boolean;
  readonly onClosed?: (() => void) | undefined;
  readonly children: () => ReactNode;
}

export function PopoverShown(props: PopoverShownProps): JSX.Element {
  const { opener, isOpen, onOpenChange, label, className, align, isSheet = false, onClosed, children } = props;
  const portal = usePortal() ?? document.body;
  const isPhone = useIsPhone();
  useBackCloses(isOpen, () => onOpenChange(false));
  return (
    <Popover.Root open={isOpen} onOpenChange={onOpenChange}>
      <Popover.Anchor virtualRef={opener} />
      {isOpen && isSheet && isPhone && createPortal(<div className="sheet-backdrop" />, portal)}
      <Popover.Portal container={portal}>
        <Popover.Content
          className={className}
          side="top"
          align={align}
          sideOffset={6}
          collisionPadding={8}
          aria-label={label}
          onInteractOutside={(event) => {
            // Its button closes it by itself.
            if (event.target instanceof Node && opener.current?.contains(event.target) === true) event.preventDefault();
          }}
          onCloseAutoFocus={(event) => {
            event.preventDefault();
            if (onClosed === undefined) returnFocus();
            else onClosed();
          }}
        >
          {children()}
        </Popover.Content>
      </Popover.Portal>
    </Popover.Root>
  );
}
