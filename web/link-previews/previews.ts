/**
 * Owns the previews of links of each account, as far as messages on screen have asked for them: at most a few at once, each asked once in the life of the page. Nothing is
 * asked until the account's settings are known to allow it.
 */
import type { Account, LinkPreview, Observable } from "parley-sdk";
import { State } from "../browser/state.ts";

const previewsMax = 500;
const atOnceMax = 3;

export class LinkPreviews {
  readonly #account: Account;
  readonly #previews = new Map<string, State<LinkPreview | null>>();
  #allowed: Promise<boolean> | undefined;
  #waiting: (() => void)[] = [];
  #running = 0;

  constructor(account: Account) {
    this.#account = account;
  }

  /** The preview of a link: null until it is here, and where there is none. */
  of(url: string): Observable<LinkPreview | null> {
    const known = this.#previews.get(url);
    if (known !== undefined) return known;
    const state = new State<LinkPreview | null>(null);
    if (this.#previews.size >= previewsMax) this.#previews.delete(this.#previews.keys().next().value ?? "");
    this.#previews.set(url, state);
    void this.#fill(url, state);
    return state;
  }

  /** The user has turned previews on or off. */
  allow(isAllowed: boolean): void {
    this.#allowed = Promise.resolve(isAllowed);
    for (const [url, state] of this.#previews) {
      if (!isAllowed) state.set(null);
      else if (state.getSnapshot() === null) void this.#fill(url, state);
    }
  }

  async #fill(url: string, state: State<LinkPreview | null>): Promise<void> {
    await this.#turn();
    try {
      if (await this.#isAllowed()) {
        const preview = await this.#account.linkPreview(url);
        if (await this.#isAllowed()) state.set(preview);
      }
    } catch {
      // Offline, or too many were asked: whoever shows the link next asks again.
      if (this.#previews.get(url) === state) this.#previews.delete(url);
    } finally {
      this.#running--;
      this.#waiting.shift()?.();
    }
  }

  async #turn(): Promise<void> {
    if (this.#running >= atOnceMax) await new Promise<void>((resolve) => this.#waiting.push(resolve));
    this.#running++;
  }

  #isAllowed(): Promise<boolean> {
    this.#allowed ??= this.#account.me().then(
      ({ settings }) => settings.linkPreviews,
      (error: unknown) => {
        this.#allowed = undefined;
        throw error;
      },
    );
    return this.#allowed;
  }
}

const ofAccounts = new WeakMap<Account, LinkPreviews>();

export function linkPreviewsOf(account: Account): LinkPreviews {
  const known = ofAccounts.get(account);
  if (known !== undefined) return known;
  const made = new LinkPreviews(account);
  ofAccounts.set(account, made);
  return made;
}
