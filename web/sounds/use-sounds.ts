/** Owns sounding when a message comes: in one tab, not for a chat that somebody looks at, and not again at once. */
import { useEffect } from "react";
import type { Account } from "parley-sdk";
import { browserStore } from "../browser/browser-store.ts";
import { useIsLookedAt } from "../browser/observe.ts";
import { useRoute } from "../navigation/route.ts";
import { attend, isAttended, soundsHere } from "./attending.ts";
import { News } from "./news.ts";
import { SoundRest } from "./rest.ts";
import { ring } from "./sound.ts";
import { soundSettings } from "./sound-settings.ts";

/** Where the browser has no locks, as on plain http, several tabs sound: they learn of each other's sounds here. */
const rangKey = "parley.rang-at";

const rest = new SoundRest();

export function useSounds(accounts: readonly Account[], active: Account | undefined): void {
  const route = useRoute();
  const isLookedAt = useIsLookedAt();
  const openId = route.at === "conversation" ? route.conversationId : undefined;
  const activeId = active?.userId;
  useEffect(() => {
    if (!isLookedAt || openId === undefined || activeId === undefined) return undefined;
    return attend(activeId, openId);
  }, [isLookedAt, activeId, openId]);
  useEffect(() => {
    const ends = accounts.map(listen);
    return () => ends.forEach((end) => end());
  }, [accounts]);
}

function listen(account: Account): () => void {
  const news = new News(account.userId);
  const look = (): void => {
    const { conversations, archived, isLoaded } = account.inbox.getSnapshot();
    if (!isLoaded) return;
    const isCurrent = ["online", "polling"].includes(account.connection.getSnapshot().status);
    const fresh = news.look([...conversations, ...archived], account.presence.now(), !isCurrent);
    if (fresh.length > 0)
      void sound(
        account.userId,
        fresh.map(({ conversationId }) => conversationId),
      ).catch(() => undefined);
  };
  look();
  return account.inbox.subscribe(look);
}

async function sound(userId: string, conversationIds: readonly string[]): Promise<void> {
  const { isOn, volume } = soundSettings.getSnapshot();
  if (!isOn || !soundsHere()) return;
  const attended = await Promise.all(conversationIds.map(async (id) => await isAttended(userId, id)));
  const heard = conversationIds.filter((_id, index) => attended[index] === false);
  const now = Date.now();
  if (!rest.rings(heard, Number(browserStore.get(rangKey) ?? 0), now)) return;
  browserStore.set(rangKey, String(now));
  ring(volume);
}
