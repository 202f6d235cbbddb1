/** Owns the short texts at the edge of the screen which say that something was done or has failed. */
import { t } from "@lingui/core/macro";
import {
  createContext,
  type JSX,
  type ReactNode,
  useCallback,
  useContext,
  useEffect,
  useRef,
  useState,
  useSyncExternalStore,
} from "react";
import { createPortal } from "react-dom";
import { missedParts } from "../browser/later.tsx";
import { errorText } from "../texts/error-text.ts";
import { storageTrouble } from "../browser/browser-store.ts";
import { ToastPlace, toastPlace } from "./toasts/toast-place.tsx";

const shownMs = 5_000;
/** A toast that offers to undo something stays longer, and as long as the pointer or the focus is on it. */
const undoableMs = 8_000;
/** Toasts on screen at the same time. */
const shownMax = 3;

interface Say {
  /** `undo`: takes back what the text says; offered beside it. */
  (text: string, undo?: () => void): void;
}

const Context = createContext<Say>(() => undefined);

export function useSay(): Say {
  return useContext(Context);
}

/** Runs a task, and shows its error as a toast if it fails. For buttons that have no better place for an error. */
export function useAttempt(): (work: () => Promise<unknown>, done?: string) => void {
  const say = useSay();
  return useCallback(
    (work, done) => {
      work().then(
        () => {
          if (done !== undefined) say(done);
        },
        (error: unknown) => say(errorText(error)),
      );
    },
    [say],
  );
}

interface Toast {
  readonly text: string;
  readonly number: number;
  readonly undo: (() => void) | undefined;
}

export function ToastProvider({ children }: { children: ReactNode }): JSX.Element {
  const [toasts, setToasts] = useState<readonly Toast[]>([]);
  const made = useRef(0);
  const say = useCallback((text: string, undo?: () => void) => {
    const toast = { text, number: ++made.current, undo };
    setToasts((before) => [...before, toast].slice(-shownMax));
  }, []);
  const end = useCallback((toast: Toast) => setToasts((before) => before.filter((each) => each !== toast)), []);
  const isInTrouble = useSyncExternalStore(storageTrouble.subscribe, storageTrouble.getSnapshot);
  const missed = useSyncExternalStore(missedParts.subscribe, missedParts.getSnapshot);
  // Those of before were said by another account's toasts, or in another language.
  const [missedBefore] = useState(missed);
  useEffect(() => {
    if (missed > missedBefore) say(t`This part of the app could not be loaded. Try again when there is a connection.`);
  }, [missed, missedBefore, say]);
  useEffect(() => {
    if (isInTrouble)
      say(t`This browser stores nothing for this page: messages that are not sent are lost when it closes.`);
  }, [isInTrouble, say]);
  useUndoKey(
    toasts.findLast(({ undo }) => undo !== undefined),
    end,
  );
  const place = useSyncExternalStore(toastPlace.subscribe, toastPlace.getSnapshot);
  // Each toast is a new element, so that screen readers say each, also the same words twice.
  return (
    <Context value={say}>
      {children}
      <ToastPlace isPage />
      {place !== null &&
        createPortal(
          toasts.map((toast) => <ToastLine key={toast.number} toast={toast} onEnd={end} />),
          place,
        )}
    </Context>
  );
}

function ToastLine({ toast, onEnd }: { toast: Toast; onEnd: (toast: Toast) => void }): JSX.Element {
  const { text, undo } = toast;
  const [isHeld, setIsHeld] = useState(false);
  useEffect(() => {
    if (isHeld) return undefined;
    const timer = setTimeout(() => onEnd(toast), undo === undefined ? shownMs : undoableMs);
    return () => clearTimeout(timer);
  }, [toast, undo, isHeld, onEnd]);
  if (undo === undefined) return <p className="toast">{text}</p>;
  return (
    <div
      className="toast toast-undoable"
      onPointerEnter={() => setIsHeld(true)}
      onPointerLeave={() => setIsHeld(false)}
      onFocus={() => setIsHeld(true)}
      onBlur={() => setIsHeld(false)}
    >
      <p>{text}</p>
      <button
        type="button"
        className="toast-undo"
        aria-keyshortcuts="Control+Z Meta+Z"
        onClick={() => {
          onEnd(toast);
          undo();
        }}
      >
        {t({ message: "Undo", context: "verb" })}
      </button>
    </div>
  );
}

/** The keys that undo everywhere undo what the latest toast offers, except where they belong to a text. */
function useUndoKey(toast: Toast | undefined, end: (toast: Toast) => void): void {
  useEffect(() => {
    if (toast === undefined) return undefined;
    const onKeyDown = (event: KeyboardEvent) => {
      const { target, key, ctrlKey, metaKey, shiftKey, altKey } = event;
      if (event.defaultPrevented || key.toLowerCase() !== "z" || shiftKey || altKey || ctrlKey === metaKey) return;
      const isText = target instanceof HTMLInputElement || target instanceof HTMLTextAreaElement;
      if (isText && target.value !== "") return;
      event.preventDefault();
      end(toast);
      toast.undo?.();
    };
    document.addEventListener("keydown", onKeyDown);
    return () => document.removeEventListener("keydown", onKeyDown);
  }, [toast, end]);
}
