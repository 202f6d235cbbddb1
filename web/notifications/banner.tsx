/** Owns the line that offers notifications: once there is a chat, and never as a question of the browser at the start. */
import { t } from "@lingui/core/macro";
import { type JSX, useState } from "react";
import type { InboxState } from "parley-sdk";
import { useObservable } from "parley-sdk/react";
import { useAccount } from "../accounts/account-context.ts";
import { parley } from "../accounts/parley.ts";
import { browserStore } from "../browser/browser-store.ts";
import { useSay } from "../ui/toast.tsx";
import { hindranceText } from "./hindrance-text.ts";
import { thisDevice } from "./this-device.ts";

const key = "parley.notifications-later";
const dayMs = 86_400_000;
/** "Not now" puts the offer off for so long; each later one for four times as long as the one before. */
const laterDays = 14;

export function NotificationsBanner(): JSX.Element | null {
  const account = useAccount();
  const { isLoaded, hindrance, choices } = useObservable(thisDevice);
  const inbox = useObservable(account.inbox);
  const say = useSay();
  const [isPutOff, setIsPutOff] = useState(() => later().until > Date.now());
  const isOpen = isLoaded && hindrance === null && !choices.has(account.userId);
  if (!isOpen || isPutOff || !hasChat(inbox, account.userId)) return null;
  const turnOn = async () => {
    await thisDevice.turnOn(parley.accounts.getSnapshot().map(({ userId }) => userId));
    const { hindrance: found } = thisDevice.getSnapshot();
    if (found !== null) say(hindranceText(found));
  };
  const putOff = () => {
    const { times } = later();
    browserStore.set(key, JSON.stringify({ until: Date.now() + laterDays * 4 ** times * dayMs, times: times + 1 }));
    setIsPutOff(true);
  };
  return (
    <section className="banner" aria-label={t`Notifications`} data-testid="notifications-banner">
      <span>{t`Be notified of new messages while Parley is closed.`}</span>
      <button type="button" className="button-link" onClick={() => void turnOn()}>
        {t`Turn on notifications`}
      </button>
      <button type="button" className="button-link" onClick={putOff}>
        {t`Not now`}
      </button>
    </section>
  );
}

/** Whether something was written in a chat with others: from then on there is something to be notified of. */
function hasChat({ conversations }: InboxState, userId: string): boolean {
  return conversations.some(
    ({ lastMessage, request, peer }) => lastMessage !== null && !request && peer?.id !== userId,
  );
}

function later(): { until: number; times: number } {
  try {
    const value: unknown = JSON.parse(browserStore.get(key) ?? "null");
    const { until, times }: { until?: unknown; times?: unknown } =
      typeof value === "object" && value !== null ? value : {};
    return { until: typeof until === "number" ? until : 0, times: typeof times === "number" ? Math.min(times, 5) : 0 };
  } catch {
    return { until: 0, times: 0 };
  }
}
