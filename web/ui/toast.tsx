/** Owns the short word at the edge of the screen: that something was done, or could not be. */
import { createContext, type JSX, type ReactNode, useCallback, useContext, useEffect, useState } from "react";
import { errorText } from "../app/error-text.ts";

const shownMs = 5_000;

interface Say {
  (text: string): void;
}

const Context = createContext<Say>(() => undefined);

export function useSay(): Say {
  return useContext(Context);
}

/** Runs what may fail, and says so if it does; for buttons that have no better place for an error. */
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

export function ToastProvider({ children }: { children: ReactNode }): JSX.Element {
  const [toast, setToast] = useState<{ text: string; number: number } | null>(null);
  const say = useCallback((text: string) => setToast((before) => ({ text, number: (before?.number ?? 0) + 1 })), []);
  useEffect(() => {
    if (toast === null) return undefined;
    const timer = setTimeout(() => setToast(null), shownMs);
    return () => clearTimeout(timer);
  }, [toast]);
  return (
    <Context value={say}>
      {children}
      <div className="toast-place" role="status" aria-live="polite">
        {toast !== null && (
          <p key={toast.number} className="toast">
            {toast.text}
          </p>
        )}
      </div>
    </Context>
  );
}
