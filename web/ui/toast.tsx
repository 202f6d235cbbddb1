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
import { errorText } from "../texts/error-text.ts";
import { keepingTrouble } from "../browser/kept.ts";

const shownMs = 5_000;
/** Toasts on screen at the same time. */
const shownMax = 3;

interface Say {
  (text: string): void;
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
}

export function ToastProvider({ children }: { children: ReactNode }): JSX.Element {
  const [toasts, setToasts] = useState<readonly Toast[]>([]);
  const made = useRef(0);
  const say = useCallback((text: string) => {
    const toast = { text, number: ++made.current };
    setToasts((before) => [...before, toast].slice(-shownMax));
    setTimeout(() => setToasts((before) => before.filter((each) => each !== toast)), shownMs);
  }, []);
  const isInTrouble = useSyncExternalStore(keepingTrouble.subscribe, keepingTrouble.getSnapshot);
  useEffect(() => {
    if (isInTrouble)
      say(t`This browser stores nothing for this page: messages that are not sent are lost when it closes.`);
  }, [isInTrouble, say]);
  // Each toast is a new element, so that screen readers say each, also the same words twice.
  return (
    <Context value={say}>
      {children}
      <div className="toast-place" aria-live="polite" aria-relevant="additions">
        {toasts.map(({ text, number }) => (
          <p key={number} className="toast">
            {text}
          </p>
        ))}
      </div>
    </Context>
  );
}
