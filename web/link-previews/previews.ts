/**
 * Owns the previews of links of each account, as far as messages on screen have asked for them: at most a few at once, each answered once in the life of the page. Nothing is
 * asked until the account's settings are known to allow it, on whatever device they were changed. What fails is asked for again with the next link.
 */
import type { Account, LinkPreview, Observable } from "parley-sdk";
import { linksOf } from "../accounts/linked.ts";
import { State } from "../browser/state.ts";

const previewsMax = 500;
const atOnceMax = 3;

interface Asked {
  readonly state: State<LinkPreview | null>;
  /** `waiting`: to be asked for as soon as it may be; `failed`: once there is another link, or whoever shows the link next asks. */
  is: "waiting" | "asking" | "answered" | "failed";
  /** What the server has said. It is shown while previews are allowed. */
  answer: LinkPreview | null;
}

type PreviewAccount = Pick<Account, "settings" | "linkPreview">;

export class LinkPreviews {
  readonly #account: PreviewAccount;
  readonly #asked = new Map<string, Asked>();
  #running = 0;

  constructor(account: PreviewAccount, links: Observable<number>) {
    this.#account = account;
    account.settings.subscribe(() => this.#settle());
    links.subscribe(() => {
      for (const asked of this.#asked.values()) if (asked.is === "failed") asked.is = "waiting";
      this.#next();
    });
  }

  /** The preview of a link: null until it is here, and where there is none. */
  of(url: string): Observable<LinkPreview | null> {
    const known = this.#asked.get(url);
    if (known !== undefined) {
      if (known.is === "failed") known.is = "waiting";
      this.#next();
      return known.state;
    }
    if (this.#asked.size >= previewsMax) this.#asked.delete(this.#asked.keys().next().value ?? "");
    const asked: Asked = { state: new State<LinkPreview | null>(null), is: "waiting", answer: null };
    this.#asked.set(url, asked);
    this.#next();
    return asked.state;
  }

  get #isAllowed(): boolean {
    return this.#account.settings.getSnapshot()?.linkPreviews === true;
  }

  /** The user has turned previews on or off, here or elsewhere. */
  #settle(): void {
    for (const { state, answer } of this.#asked.values()) state.set(this.#isAllowed ? answer : null);
    this.#next();
  }

  #next(): void {
    for (const [url, asked] of this.#asked) {
      if (!this.#isAllowed || this.#running >= atOnceMax) return;
      if (asked.is === "waiting") void this.#ask(url, asked);
    }
  }

  async #ask(url: string, asked: Asked): Promise<void> {
    this.#running++;
    asked.is = "asking";
    try {
      asked.answer = await this.#account.linkPreview(url);
      asked.is = "answered";
      asked.state.set(this.#isAllowed ? asked.answer : null);
    } catch {
      // Offline, or too many were asked for.
      asked.is = "failed";
    } finally {
      this.#running--;
    }
    this.#next();
  }
}

const ofAccounts = new WeakMap<Account, LinkPreviews>();

export function linkPreviewsOf(account: Account): LinkPreviews {
  const known = ofAccounts.get(account);
  if (known !== undefined) return known;
  const made = new LinkPreviews(account, linksOf(account));
  ofAccounts.set(account, made);
  return made;
}
