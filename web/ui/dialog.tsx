/**
 * Owns modal dialogs. The browser's own `<dialog>` keeps the focus, closes on Escape and makes the rest inert; those of libraries
 * write a `<style>` element to stop scrolling, which the content security policy forbids.
 */
import { t } from "@lingui/core/macro";
import { createContext, type JSX, type ReactNode, useContext, useId, useLayoutEffect, useRef, useState } from "react";
import { flushSync } from "react-dom";
import { afterAnswer, afterFrame } from "../browser/after-frame.ts";
import { useBackCloses } from "../navigation/back.ts";
import { IconButton } from "./button.tsx";
import { returnFocus } from "./focus.ts";
import { ToastPlace } from "./toasts/toast-place.tsx";

/** The open dialog. Its menus are put into it, because outside they would lie behind its backdrop. */
const PortalContext = createContext<HTMLElement | null>(null);

export function usePortal(): HTMLElement | null {
  return useContext(PortalContext);
}

interface DialogProps {
  readonly title: string;
  readonly onClose: () => void;
  readonly children: ReactNode;
  readonly isWide?: boolean;
  /** Leads back to what the dialog showed before. Its button, which begins the head, gets the focus when there is one. */
  readonly onBack?: (() => void) | undefined;
  /** Whether a click beside it leaves it open, as where it shows what is shown only once. */
  readonly isKeptOpen?: boolean;
}

export function Dialog({
  title,
  onClose,
  children,
  isWide = false,
  onBack,
  isKeptOpen = false,
}: DialogProps): JSX.Element {
  const ref = useRef<HTMLDialogElement>(null);
  const [element, setElement] = useState<HTMLElement | null>(null);
  const titleId = useId();
  /** Whether a text was typed that is not submitted. Then a click beside the dialog does not close it, for that easily happens by mistake. */
  const isFilled = useRef(false);
  useBackCloses(true, onClose);
  const leave = () => leaveDialog(ref.current, onClose);

  // In a layout effect, for it has to end before the element is removed: the browser gives the focus back only if the dialog was closed.
  useLayoutEffect(() => {
    const dialog = ref.current;
    if (dialog === null) return undefined;
    setElement(dialog);
    if (!dialog.open) dialog.showModal();
    focusField(dialog);
    return () => {
      dialog.close();
      returnFocus();
    };
  }, []);

  return (
    <dialog
      ref={ref}
      className={isWide ? "dialog dialog-wide" : "dialog"}
      aria-labelledby={titleId}
      onCancel={(event) => {
        // React calls this also for a dialog that was opened from this one and is cancelled.
        if (event.target !== event.currentTarget) return;
        event.preventDefault();
        leave();
      }}
      onMouseDown={(event) => {
        if (event.target === event.currentTarget && !isFilled.current && !isKeptOpen) leave();
      }}
      onInput={(event) => {
        if (isTextField(event.target)) isFilled.current = true;
      }}
      onSubmit={() => {
        isFilled.current = false;
      }}
    >
      <div className="dialog-frame">
        <header className={onBack === undefined ? "dialog-head" : "dialog-head dialog-head-deep"}>
          {onBack !== undefined && <BackButton onBack={onBack} />}
          <h2 id={titleId}>{title}</h2>
          <IconButton icon="close" label={t`Close`} onClick={leave} />
        </header>
        <PortalContext value={element}>{children}</PortalContext>
      </div>
      <ToastPlace />
    </dialog>
  );
}

/**
 * Calls `close`, which takes the dialog around `within` away, in the frame after the next one, and once the key is up by which it is left. It is out of sight in the
 * next frame: when it is closed the browser works out the style of the whole page, which is no longer inert. Over another dialog the page stays inert, and it is closed at once.
 */
export function leaveDialog(within: Element | null, close: () => void): void {
  const dialog = within?.closest("dialog");
  if (dialog == null || dialog.dataset["left"] !== undefined) return;
  if (document.querySelectorAll("dialog[open]").length > 1) {
    close();
    return;
  }
  dialog.dataset["left"] = "";
  afterAnswer(() => {
    // It was perhaps closed otherwise meanwhile.
    if (!dialog.isConnected) return;
    flushSync(close);
    // What asks before it closes keeps it.
    afterFrame(() => delete dialog.dataset["left"]);
  });
}

function BackButton({ onBack }: { onBack: () => void }): JSX.Element {
  const ref = useRef<HTMLButtonElement>(null);
  useLayoutEffect(() => ref.current?.focus(), []);
  return <IconButton ref={ref} icon="back" label={t`Back`} onClick={onBack} />;
}

const focusable = "button:not(:disabled), input:not(:disabled), select, textarea, [tabindex]";

/** A form that begins with a text is ready for it. The keyboard of a phone would come over the form before it is read. */
function focusField(dialog: HTMLElement): void {
  const first = dialog.querySelector(".dialog-body")?.querySelector<HTMLElement>(focusable);
  if (first && isTextField(first) && !matchMedia("(pointer: coarse)").matches) first.focus();
}

function isTextField(target: EventTarget): boolean {
  if (target instanceof HTMLInputElement) return !["checkbox", "radio"].includes(target.type);
  return target instanceof HTMLTextAreaElement;
}

/** The last line of a dialog: Cancel, and the button that does what the dialog is for. */
export function DialogActions({ onClose, children }: { onClose: () => void; children: ReactNode }): JSX.Element {
  return (
    <div className="actions">
      <button type="button" className="button" onClick={onClose}>
        {t`Cancel`}
      </button>
      {children}
    </div>
  );
}

interface ConfirmProps {
  readonly title: string;
  readonly text: string;
  readonly action: string;
  readonly onConfirm: () => void;
  readonly onClose: () => void;
}

export function Confirm({ title, text, action, onConfirm, onClose }: ConfirmProps): JSX.Element {
  return (
    <Dialog title={title} onClose={onClose}>
      <div className="dialog-body">
        <p>{text}</p>
        <DialogActions onClose={onClose}>
          <button
            type="button"
            className="button button-danger"
            onClick={() => {
              onClose();
              onConfirm();
            }}
          >
            {action}
          </button>
        </DialogActions>
      </div>
    </Dialog>
  );
}
