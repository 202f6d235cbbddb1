/** Owns the picker's loading: its code and the emoji come when it is first opened, and it says so if they do not come. */
import { t } from "@lingui/core/macro";
import { type JSX, useEffect, useState } from "react";
import type { Emoji } from "./emoji.ts";
import type { EmojiPicker } from "./picker.tsx";

interface Loaded {
  /** The page's language, in which the emoji are named. */
  readonly language: string;
  readonly Picker: typeof EmojiPicker;
  readonly emoji: readonly Emoji[];
}

interface LoaderProps {
  readonly userId: string;
  readonly onPick: (emoji: string) => void;
}

/** Kept, so that it opens at once when it is opened again. */
let latest: Loaded | undefined;

/** Begins to load the picker before it is opened, for example when the pointer is over its button. */
export async function loadPicker(): Promise<Loaded> {
  const [{ EmojiPicker: Picker }, { loadEmoji }] = await Promise.all([
    import("./picker.tsx"),
    import("./load-emoji.ts"),
  ]);
  const language = document.documentElement.lang;
  latest = { language, Picker, emoji: await loadEmoji() };
  return latest;
}

export function PickerLoader({ userId, onPick }: LoaderProps): JSX.Element {
  const [loaded, setLoaded] = useState(() => (latest?.language === document.documentElement.lang ? latest : undefined));
  const [hasFailed, setHasFailed] = useState(false);
  const isLoading = loaded === undefined && !hasFailed;
  useEffect(() => {
    if (!isLoading) return undefined;
    let isCurrent = true;
    loadPicker().then(
      (now) => isCurrent && setLoaded(now),
      () => isCurrent && setHasFailed(true),
    );
    return () => {
      isCurrent = false;
    };
  }, [isLoading]);
  if (loaded !== undefined) return <loaded.Picker emoji={loaded.emoji} userId={userId} onPick={onPick} />;
  return (
    <div className="picker-waiting">
      {hasFailed ? (
        <button type="button" className="button-link" onClick={() => setHasFailed(false)}>
          {t`The emoji could not be loaded. Try again`}
        </button>
      ) : (
        <span className="quiet">{t`Loading…`}</span>
      )}
    </div>
  );
}
