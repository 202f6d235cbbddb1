/**
 * Owns what stands in the composer and is not sent: written to this browser at each key, so that nothing is lost however the page ends,
 * and synced through the inbox a little later. The SDK keeps the syncing over restarts and without network.
 */
import { type Account, cleanText, codePoints, limits } from "../../client/index.ts";

export interface Draft {
  readonly text: string;
  readonly replyTo: number | null;
}

/** Of a pause in writing; each sync is a call and a change of the inbox on every device. */
const syncAfterMs = 700;
const empty: Draft = { text: "", replyTo: null };

export class DraftKeeper {
  readonly #account: Account;
  readonly #conversationId: string;
  readonly #key: string;
  #timer: ReturnType<typeof setTimeout> | undefined;
  /** What this device has written and not yet handed to the inbox. */
  #isAhead = false;

  constructor(account: Account, conversationId: string) {
    this.#account = account;
    this.#conversationId = conversationId;
    this.#key = `parley.draft.${account.userId}.${conversationId}`;
  }

  /** Whether the text here is newer than the inbox's, so that the inbox's must not replace it. */
  get isAhead(): boolean {
    return this.#isAhead;
  }

  load(): Draft {
    const local = read(this.#key);
    const synced = this.#account.inbox.row(this.#conversationId)?.draft ?? "";
    if (local === null) return { ...empty, text: synced };
    if (local.isAhead) {
      this.#isAhead = true;
      this.#schedule(local.text);
      return { text: local.text, replyTo: local.replyTo };
    }
    return { text: synced, replyTo: local.replyTo };
  }

  change(draft: Draft): void {
    this.#isAhead = true;
    this.#write(draft);
    this.#schedule(draft.text);
  }

  /** The answered message alone has changed: nothing that other devices know of. */
  keepReply(replyTo: number | null): void {
    const local = read(this.#key);
    if ((local?.replyTo ?? null) === replyTo) return;
    this.#write({ text: local?.text ?? this.#account.inbox.row(this.#conversationId)?.draft ?? "", replyTo });
  }

  /** At once, before the composer goes. */
  flush(): void {
    if (this.#timer === undefined) return;
    clearTimeout(this.#timer);
    const local = read(this.#key);
    if (local !== null) this.#sync(local.text);
  }

  /** It was sent: gone here and everywhere. */
  clear(): void {
    this.change(empty);
    this.flush();
  }

  #schedule(text: string): void {
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => this.#sync(text), syncAfterMs);
  }

  #sync(written: string): void {
    this.#timer = undefined;
    const text = cleanText(written);
    // What is too long to sync stays on this device.
    if (codePoints(text) > limits.draftCodePointsMax) return;
    const synced = this.#account.inbox.row(this.#conversationId);
    if (synced?.draft === text) {
      this.#settled(written);
      return;
    }
    this.#account.inbox.patch(this.#conversationId, { draft: text }).then(
      () => this.#settled(written),
      () => undefined,
    );
  }

  #settled(text: string): void {
    const local = read(this.#key);
    if (local !== null && local.text !== text) return;
    this.#isAhead = false;
    if (local === null || local.replyTo === null) localStorage.removeItem(this.#key);
    else this.#write(local);
  }

  #write({ text, replyTo }: Draft): void {
    try {
      localStorage.setItem(this.#key, JSON.stringify({ text, replyTo, isAhead: this.#isAhead }));
    } catch {
      // Full or forbidden: the draft still syncs.
    }
  }
}

function read(key: string): (Draft & { isAhead: boolean }) | null {
  try {
    const value: unknown = JSON.parse(localStorage.getItem(key) ?? "null");
    if (typeof value !== "object" || value === null) return null;
    const { text, replyTo, isAhead }: Partial<Record<string, unknown>> = { ...value };
    if (typeof text !== "string") return null;
    return { text, replyTo: typeof replyTo === "number" ? replyTo : null, isAhead: isAhead === true };
  } catch {
    return null;
  }
}
