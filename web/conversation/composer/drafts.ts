/**
 * Owns what stands in the composer and is not sent: written to this browser at each key, so that nothing is lost however the page ends,
 * and synced through the inbox a little later. The SDK keeps the syncing over restarts and without network.
 */
import { type Account, cleanText, codePoints, limits } from "../../../client/index.ts";
import { kept } from "../../browser/kept.ts";

/** An edit under way. */
export interface EditDraft {
  readonly seq: number;
  readonly text: string;
}

export interface Draft {
  readonly text: string;
  readonly replyTo: number | null;
  readonly edit: EditDraft | null;
  /** What another device wrote while something else was being written here: offered, and neither replaces the other. */
  readonly other: string | null;
}

interface KeptDraft extends Draft {
  /** Whether the text is newer than the inbox's, so that the inbox's must not replace it. */
  readonly isAhead: boolean;
}

/** Of a pause in writing; each sync is a call and a change of the inbox on every device. */
const syncAfterMs = 700;
const empty: KeptDraft = { text: "", replyTo: null, edit: null, other: null, isAhead: false };

/** All of them of one account, to be forgotten with it. */
export function draftsPrefix(userId: string): string {
  return `parley.draft.${userId}.`;
}

export class DraftKeeper {
  readonly #account: Account;
  readonly #conversationId: string;
  readonly #key: string;
  #timer: ReturnType<typeof setTimeout> | undefined;
  #draft: KeptDraft;
  /** What the inbox said last, or was told from here: anything else in it is another device's. */
  #synced: string;
  /** What stands in this browser, as far as this tab knows. */
  #written: string | null;

  constructor(account: Account, conversationId: string) {
    this.#account = account;
    this.#conversationId = conversationId;
    this.#key = `${draftsPrefix(account.userId)}${conversationId}`;
    this.#synced = account.inbox.row(conversationId)?.draft ?? "";
    this.#written = kept.get(this.#key);
    const local = parse(this.#written) ?? empty;
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

  /** What belongs to this device alone. */
  keep(part: Partial<Pick<Draft, "replyTo" | "edit" | "other">>): void {
    this.#set(part);
  }

  /**
   * The inbox says so. Answers the text to show in place of what is here, null to leave it. What is being written here stays: what another
   * device wrote is then `other`.
   */
  heard(synced: string, isWriting: boolean): string | null {
    if (synced === this.#synced) return null;
    this.#synced = synced;
    const { text, isAhead } = this.#draft;
    if (synced === cleanText(text)) {
      this.#set({ isAhead: false });
      return null;
    }
    if (isAhead || (isWriting && text !== "")) {
      // Kept from now on: this device's text is in no inbox any more. An empty one is nothing to offer: it was sent there.
      if (synced !== "") this.#set({ other: synced, isAhead: true });
      return null;
    }
    this.#set({ text: synced });
    return synced;
  }

  /** At once, before the composer goes. */
  flush(): void {
    if (this.#timer === undefined) return;
    clearTimeout(this.#timer);
    this.#sync();
  }

  /** It was sent: gone here and everywhere. */
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
    // What is too long to sync stays on this device.
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
    if (!isAhead && replyTo === null && edit === null && other === null) {
      // What another tab has put there since is not this one's to remove.
      if (kept.get(this.#key) === this.#written) kept.remove(this.#key);
      return;
    }
    this.#written = JSON.stringify(this.#draft);
    kept.set(this.#key, this.#written);
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
