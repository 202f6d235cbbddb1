/** Owns which emoji an account has used of late, and its tone of the skin. They stay in this browser. */
import type { Observable } from "parley-sdk";
import { browserStore } from "../browser/browser-store.ts";
import { State } from "../browser/state.ts";
import { type Tone, tones } from "./emoji.ts";

/** Remembered; the picker shows as many as fit into two rows. */
const recentMax = 24;
/** What is offered before anything was used. */
const usual = ["👍", "❤️", "😂", "😮", "😢", "🎉"] as const;
export const quickMax = usual.length;

export interface Used {
  /** The latest first. */
  readonly recent: readonly string[];
  readonly tone: Tone;
}

/** What is kept of one account is stored under a key that begins with this. It is removed when it signs out. */
export function emojiPrefix(userId: string): string {
  return `parley.emoji-${userId}`;
}

const states = new Map<string, State<Used>>();

function stateOf(userId: string): State<Used> {
  const there = states.get(userId) ?? new State(readUsed(browserStore.get(emojiPrefix(userId))));
  states.set(userId, there);
  return there;
}

export function usedOf(userId: string): Observable<Used> {
  return stateOf(userId);
}

export function noteUsed(userId: string, emoji: string): void {
  const state = stateOf(userId);
  const { recent, tone } = state.getSnapshot();
  keep(userId, { recent: [emoji, ...recent.filter((each) => each !== emoji)].slice(0, recentMax), tone });
}

export function chooseTone(userId: string, tone: Tone): void {
  keep(userId, { ...stateOf(userId).getSnapshot(), tone });
}

/** Six to react with at once: the latest, then the usual ones. */
export function quickOf({ recent }: Used): readonly string[] {
  return [...new Set([...recent, ...usual])].slice(0, quickMax);
}

/** Of an account that was signed out nothing stays in the page. What was stored of it is removed with the rest. */
export function forgetUsed(userId: string): void {
  states.get(userId)?.set(readUsed(null));
  states.delete(userId);
}

// Another tab has used some.
if (typeof window === "object")
  addEventListener("storage", ({ key, newValue }) => {
    for (const [userId, state] of states) if (key === emojiPrefix(userId)) state.set(readUsed(newValue));
  });

function keep(userId: string, used: Used): void {
  browserStore.set(emojiPrefix(userId), JSON.stringify(used));
  stateOf(userId).set(used);
}

function readUsed(json: string | null): Used {
  try {
    const value: unknown = JSON.parse(json ?? "null");
    if (typeof value !== "object" || value === null) return { recent: [], tone: 0 };
    const { recent, tone }: Partial<Record<keyof Used, unknown>> = { ...value };
    return {
      recent: Array.isArray(recent) ? recent.filter((each) => typeof each === "string").slice(0, recentMax) : [],
      tone: tones.find((each) => each === tone) ?? 0,
    };
  } catch {
    return { recent: [], tone: 0 };
  }
}
