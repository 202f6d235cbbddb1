/**
 * Owns what all tabs of a browser know of each other for the sound: which chats are looked at in any of them, and which one tab sounds. Both are locks of the
 * browser, which end with their tab however that ends.
 */
import { soundable } from "./sound.ts";

const soundingLock = "parley sounds";

/** A browser without locks, as on plain http, has no word of other tabs. */
const locks: LockManager | undefined = typeof navigator === "object" ? navigator.locks : undefined;

/** Attends a chat; answers the function that ends it. */
export function attend(userId: string, conversationId: string): () => void {
  const ending = new AbortController();
  let end = (): void => undefined;
  locks
    ?.request(nameOf(userId, conversationId), { mode: "shared", signal: ending.signal }, () => {
      return new Promise<void>((resolve) => (end = resolve));
    })
    .catch(() => undefined);
  return () => {
    // One of both: it waits for the lock, or has it.
    ending.abort();
    end();
  };
}

/** Whether somebody looks at the chat, in this tab or in another one. */
export async function isAttended(userId: string, conversationId: string): Promise<boolean> {
  const held = (await locks?.query())?.held ?? [];
  return held.some(({ name }) => name === nameOf(userId, conversationId));
}

let isSounding = false;

/** Whether this tab is the one that sounds. */
export function soundsHere(): boolean {
  return isSounding;
}

/** To be called once. A tab that nobody has used cannot sound, so it does not ask to be the one before. */
export function startSounding(): void {
  const events = ["pointerdown", "keydown"] as const;
  const used = async (): Promise<void> => {
    if (!(await soundable())) return;
    for (const event of events) removeEventListener(event, begin, true);
    if (locks === undefined) {
      isSounding = true;
      return;
    }
    await locks.request(soundingLock, async () => {
      isSounding = true;
      await new Promise(() => undefined);
    });
  };
  const begin = (): void => void used().catch(() => undefined);
  for (const event of events) addEventListener(event, begin, true);
}

function nameOf(userId: string, conversationId: string): string {
  return `parley attends ${userId} ${conversationId}`;
}
