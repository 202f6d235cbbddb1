/**
 * Owns the draft of a conversation. It is written to this browser's storage at each key, so that nothing is lost however the page ends, and
 * synced through the inbox after a pause. The SDK repeats that sync over restarts and times without network.
 */
import { type Account, cleanText, codePoints, limits } from "parley-sdk";
import { browserStore } from "../../browser/browser-store.ts";

/** An edit under way. */
export interface EditDraft {
  readonly seq: number;
  readonly text: string;
}

export interface Draft {
  readonly text: string;
  readonly replyTo: number | null;
  readonly edit: EditDraft | null;
  /** A text that another device wrote while the user was writing here. It is offered; neither text replaces the other. */
  readonly other: string | null;
}

interface KeptDraft extends Draft {
  /** Whether the text is newer than the inbox's, so that the inbox's must not replace it. */
  readonly isAhead: boolean;
}

/** A pause in writing of this length syncs the draft. Each sync is a call, and changes the inbox on every device. */
const syncAfterMs = 700;
const empty: KeptDraft = { text: "", replyTo: null, edit: null, other: null, isAhead: false };

/** The drafts of one account are stored under keys that begin with this. They are removed when it signs out. */
export function draftsPrefix(userId: string): string {
  return `parley.draft.${userId}.`;
}

export class DraftKeeper {
  readonly #account: Account;
  readonly #conversationId: string;
  readonly #key: string;
  #timer: ReturnType<typeof setTimeout> | undefined;
  #draft: KeptDraft;
  /** The draft in the inbox as last received or sent. Any other draft in it comes from another device. */
  #synced: string;
  /** The key of a draft that offers another one. */
  readonly #offerKey: string;
  /** What this tab last read from or wrote to the browser's storage, by key. Another tab may have written since. */
  readonly #written = new Map<string, string | null>();

  constructor(account: Account, conversationId: string) {
    this.#account = account;
    this.#conversationId = conversationId;
    this.#key = `${draftsPrefix(account.userId)}${conversationId}`;
    this.#synced = account.inbox.row(conversationId)?.draft ?? "";
    // Tabs see each other's writes late. So a tab that removes its own synced draft may remove what another tab has just written under the same key.
    this.#offerKey = `${this.#key}.offer`;
    const [offering, plain] = [this.#read(this.#offerKey), this.#read(this.#key)];
    const local = offering ?? plain ?? empty;
    this.#draft = local.isAhead ? local : { ...local, text: this.#synced };
    if (local.isAhead) this.#schedule();
  }

  get draft(): Draft {
    return this.#draft;
  }

  change(text: string): void {
    this.#set({ text, isAhead: true });
    this.#schedule();
  }

  /** Changes the parts of the draft that are not synced. */
  keep(part: Partial<Pick<Draft, "replyTo" | "edit" | "other">>): void {
    this.#set(part);
  }

  /**
   * Receives the draft of the inbox. Answers the text to show in the field, or null to leave the field as it is. A text that is being written
   * here stays; the draft of the other device is then kept as `other`.
   */
  receive(synced: string, isWriting: boolean): string | null {
    const before = this.#synced;
    if (synced === before) return null;
    this.#synced = synced;
    const { text, isAhead } = this.#draft;
    if (synced === cleanText(text)) {
      this.#set({ isAhead: false });
      return null;
    }
    // What all devices had, and one of them has sent or taken away, is written nowhere any more: left in the field it would be sent twice.
    const isGone = synced === "" && cleanText(text) === before;
    if (isAhead || (isWriting && text !== "" && !isGone)) {
      // The inbox no longer has this device's text, so it is ahead from now on. An empty draft is not offered: the other device has sent it.
      if (synced !== "") this.#set({ other: synced, isAhead: true });
      return null;
    }
    this.#set({ text: synced });
    return synced;
  }

  /** Syncs a draft at once if its sync waits for a pause. */
  flush(): void {
    if (this.#timer === undefined) return;
    clearTimeout(this.#timer);
    this.#sync();
  }

  /** After the text was sent: removes it here and from the inbox. */
  clear(): void {
    this.#set({ text: "", replyTo: null, isAhead: true });
    this.#sync();
  }

  #schedule(): void {
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => this.#sync(), syncAfterMs);
  }

  #sync(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    const written = this.#draft.text;
    const text = cleanText(written);
    // A text that is too long for the inbox stays on this device.
    if (codePoints(text) > limits.draftCodePointsMax) return;
    this.#synced = text;
    if (this.#account.inbox.row(this.#conversationId)?.draft === text) {
      this.#settled(written);
      return;
    }
    this.#account.inbox.patch(this.#conversationId, { draft: text }).then(
      () => this.#settled(written),
      () => undefined,
    );
  }

  #settled(written: string): void {
    if (this.#draft.text === written && this.#synced === cleanText(written)) this.#set({ isAhead: false });
  }

  #set(part: Partial<KeptDraft>): void {
    this.#draft = { ...this.#draft, ...part };
    const { replyTo, edit, other, isAhead } = this.#draft;
    const isKept = isAhead || replyTo !== null || edit !== null || other !== null;
    const place = other === null ? this.#key : this.#offerKey;
    if (isKept) this.#write(place);
    for (const key of [this.#key, this.#offerKey]) if (!isKept || key !== place) this.#remove(key);
  }

  #read(key: string): KeptDraft | null {
    const text = browserStore.get(key);
    this.#written.set(key, text);
    return parse(text);
  }

  #write(key: string): void {
    const text = JSON.stringify(this.#draft);
    this.#written.set(key, text);
    browserStore.set(key, text);
  }

  /** Another tab may have written a draft since; that one stays. */
  #remove(key: string): void {
    const written = this.#written.get(key) ?? null;
    if (written !== null && browserStore.get(key) === written) browserStore.remove(key);
    this.#written.set(key, null);
  }
}

function parse(json: string | null): KeptDraft | null {
  try {
    const value: unknown = JSON.parse(json ?? "null");
    if (typeof value !== "object" || value === null) return null;
    const { text, replyTo, edit, other, isAhead }: Partial<Record<keyof KeptDraft, unknown>> = { ...value };
    if (typeof text !== "string") return null;
    return {
      text,
      replyTo: typeof replyTo === "number" ? replyTo : null,
      edit: editOf(edit),
      other: typeof other === "string" ? other : null,
      isAhead: isAhead === true,
    };
  } catch {
    return null;
  }
}

function editOf(value: unknown): EditDraft | null {
  if (typeof value !== "object" || value === null) return null;
  const { seq, text }: Partial<Record<keyof EditDraft, unknown>> = { ...value };
  return typeof seq === "number" && typeof text === "string" ? { seq, text } : null;
}
