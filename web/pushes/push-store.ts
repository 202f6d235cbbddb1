/** Owns what the page and the service worker keep for notifications: in the storage of the SDK, which both reach, under keys of the app's own. */
import type { Storage, Stored } from "parley-sdk";
import type { Place } from "./payload.ts";

const root = "app/push";
const wordsKey = `${root}/words`;
const ofUser = (userId: string) => `${root}/of/${userId}`;
const choices = { from: `${root}/choice/`, to: `${root}/choice/\uFFFF` };
const choiceKey = (userId: string) => `${choices.from}${userId}`;
const lookedKey = (userId: string) => `${ofUser(userId)}/looked`;
const badgeKey = (userId: string) => `${ofUser(userId)}/badge`;
const shownKey = ({ userId, conversationId }: Place) => `${ofUser(userId)}/shown/${conversationId}`;

/** The latest messages of a conversation that are remembered one by one as shown. Pushes come in about the order of sending, so older ones all count as shown. */
const shownMax = 50;

/** What the user chose for an account on this device; undefined: nothing yet. */
export type Choice = "on" | "off";

/** The address that the server last received for the pushes of an account. */
export interface Registered {
  readonly deviceId: string;
  readonly endpoint: string;
  readonly at: number;
}

interface Chosen {
  readonly choice: Choice;
  readonly registered: Registered | undefined;
}

/** Texts in the page's language, for the service worker, which has no catalog. */
export type Words = Readonly<Record<string, string>>;

export class PushStore {
  readonly #storage: Storage;

  constructor(storage: Storage) {
    this.#storage = storage;
  }

  async words(): Promise<Words> {
    return textsOf(await this.#storage.get(wordsKey));
  }

  async keepWords(words: Words): Promise<void> {
    const before = await this.words();
    if (JSON.stringify(before) !== JSON.stringify(words)) await this.#put(wordsKey, words);
  }

  async forgetWords(): Promise<void> {
    await this.#storage.write({ deletes: [wordsKey] });
  }

  /** What the user chose for each account, by the account's id. */
  async choices(): Promise<ReadonlyMap<string, Chosen>> {
    const stored = await this.#storage.list(choices);
    return new Map(
      stored.flatMap(([key, value]) => {
        const chosen = chosenOf(value);
        return chosen === undefined ? [] : [[key.slice(choices.from.length), chosen] as const];
      }),
    );
  }

  async choose(userId: string, choice: Choice, registered?: Registered): Promise<void> {
    await this.#put(choiceKey(userId), {
      choice,
      ...(registered === undefined ? {} : { registered: { ...registered } }),
    });
  }

  /** Whether a notification of this message was shown on this device. */
  async wasShown(place: Place): Promise<boolean> {
    const { below, seqs } = await this.#shown(place);
    return place.seq <= below || seqs.includes(place.seq);
  }

  async noteShown(place: Place): Promise<void> {
    const { below, seqs } = await this.#shown(place);
    const all = [...new Set([...seqs, place.seq])].sort((a, b) => a - b);
    const over = Math.max(0, all.length - shownMax);
    await this.#put(shownKey(place), { below: Math.max(below, all[over - 1] ?? 0), seqs: all.slice(over) });
  }

  /** Unread messages of each account, as last known on this device. */
  async badges(userIds: readonly string[]): Promise<number> {
    const numbers = await Promise.all(userIds.map((userId) => this.#storage.get(badgeKey(userId))));
    return numbers.reduce<number>((sum, each) => sum + (typeof each === "number" ? each : 0), 0);
  }

  async keepBadge(userId: string, badge: number): Promise<void> {
    if ((await this.#storage.get(badgeKey(userId))) !== badge) await this.#put(badgeKey(userId), badge);
  }

  /** Whether `ms` have passed since this last answered true for the account. */
  async mayLook(userId: string, now: number, ms: number): Promise<boolean> {
    const last = await this.#storage.get(lookedKey(userId));
    if (typeof last === "number" && last <= now && now - last < ms) return false;
    await this.#put(lookedKey(userId), now);
    return true;
  }

  /** Deletes all of an account that was signed out. */
  async forget(userId: string): Promise<void> {
    const all = { from: `${ofUser(userId)}/`, to: `${ofUser(userId)}/\uFFFF` };
    await this.#storage.write({ deletes: [choiceKey(userId)], deleteRanges: [all] });
  }

  async #shown(place: Place): Promise<{ below: number; seqs: readonly number[] }> {
    const { below, seqs } = fieldsOf(await this.#storage.get(shownKey(place)));
    return {
      below: typeof below === "number" ? below : 0,
      seqs: Array.isArray(seqs) ? seqs.filter((seq) => typeof seq === "number") : [],
    };
  }

  async #put(key: string, value: Stored): Promise<void> {
    await this.#storage.write({ puts: [[key, value]] });
  }
}

function chosenOf(value: unknown): Chosen | undefined {
  const { choice, registered } = fieldsOf(value);
  if (choice !== "on" && choice !== "off") return undefined;
  const { deviceId, endpoint, at } = fieldsOf(registered);
  const isWhole = typeof deviceId === "string" && typeof endpoint === "string" && typeof at === "number";
  return { choice, registered: isWhole ? { deviceId, endpoint, at } : undefined };
}

function textsOf(value: unknown): Words {
  return Object.fromEntries(
    Object.entries(fieldsOf(value)).flatMap(([name, text]) =>
      typeof text === "string" ? [[name, text] as const] : [],
    ),
  );
}

function fieldsOf(value: unknown): Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null ? { ...value } : {};
}
