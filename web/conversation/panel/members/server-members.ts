/**
 * Owns the pages of a large group's members that a list shows. A page is loaded anew when something changed and it is in view, so that the list keeps its
 * place and its length, however far it was scrolled; the server is asked for what is looked at.
 */
import type { Member, Observable, Page } from "parley-sdk";
import { State } from "../../../browser/state.ts";

/** So many rows before the end of what is loaded, the next page is. */
const aheadRows = 30;

export interface MembersState {
  /** What these were searched by. */
  readonly query: string;
  readonly members: readonly Member[];
  /** Whether these are answers to what was asked for last. */
  readonly isAnswered: boolean;
  /** Whether the server has more. */
  readonly hasMore: boolean;
  readonly error: unknown;
}

/** `cursor`: with which it was asked for. `end`: that of the page behind it. `asOf`: the state of the group that it answers. */
interface LoadedPage {
  readonly cursor: string | null;
  readonly end: string | null;
  readonly asOf: string;
  readonly members: readonly Member[];
}

/** A search, or the list of all, in one state of the group. */
interface Wanted {
  readonly query: string;
  readonly asOf: string;
}

export type AskMembers = (query: string, cursor: string | null) => Promise<Page<Member>>;

export class ServerMembers implements Observable<MembersState> {
  readonly #ask: AskMembers;
  #wanted: Wanted | null = null;
  /** The pages that are shown, all for `query`. */
  #pages: readonly LoadedPage[] = [];
  #query = "";
  #view = { first: 0, last: 0 };
  #error: unknown = null;
  #isWorking = false;
  readonly #state = new State<MembersState>({ query: "", members: [], isAnswered: false, hasMore: false, error: null });

  readonly subscribe = this.#state.subscribe;
  readonly getSnapshot = this.#state.getSnapshot;

  constructor(ask: AskMembers) {
    this.#ask = ask;
  }

  /** `asOf`: the state of the group, as far as the page knows it. With another one all that is shown may be out of date. */
  want(query: string, asOf: string): void {
    if (this.#wanted?.query === query && this.#wanted.asOf === asOf) return;
    if (this.#wanted?.query !== query) this.#view = { first: 0, last: 0 };
    this.#wanted = { query, asOf };
    this.#error = null;
    this.#show();
    void this.#work();
  }

  /** The rows that are in view. */
  readonly inView = (first: number, last: number): void => {
    this.#view = { first, last };
    void this.#work();
  };

  /** One question at a time: each answer may change what is to be asked next. */
  async #work(): Promise<void> {
    if (this.#isWorking) return;
    this.#isWorking = true;
    for (let at = this.#next(); at !== undefined; at = this.#next()) {
      const wanted = this.#wanted;
      if (wanted === null) break;
      try {
        const page = await this.#ask(wanted.query, at.cursor);
        const { index, cursor } = at;
        if (this.#wanted?.query === wanted.query)
          this.#take(index, { cursor, end: page.cursor, asOf: wanted.asOf, members: page.items }, wanted.query);
      } catch (error) {
        if (this.#wanted === wanted) {
          this.#error = error;
          this.#show();
        }
      }
    }
    this.#isWorking = false;
  }

  /** The page to ask for next: one that is missing, out of date in view, or soon to be reached. */
  #next(): { readonly index: number; readonly cursor: string | null } | undefined {
    const wanted = this.#wanted;
    if (wanted === null || this.#error !== null) return undefined;
    if (this.#query !== wanted.query || this.#pages.length === 0) return { index: 0, cursor: null };
    const { first, last } = this.#view;
    let row = 0;
    for (const [index, { cursor, asOf, members }] of this.#pages.entries()) {
      const isNear = row <= last + aheadRows && row + members.length > first - aheadRows;
      if (isNear && asOf !== wanted.asOf) return { index, cursor };
      row += members.length;
    }
    const end = this.#pages.at(-1)?.end ?? null;
    return end !== null && last >= row - aheadRows ? { index: this.#pages.length, cursor: end } : undefined;
  }

  #take(index: number, page: LoadedPage, query: string): void {
    const shown = this.#query === query ? this.#pages : [];
    this.#query = query;
    // The page behind it begins where this one ends now: somebody may have moved from one to the other.
    const [next, ...others] = page.end === null ? [] : shown.slice(index + 1);
    const behind = next === undefined || next.cursor === page.end ? next : { ...next, cursor: page.end, asOf: "" };
    this.#pages = [...shown.slice(0, index), page, ...(behind === undefined ? [] : [behind, ...others])];
    this.#show();
  }

  #show(): void {
    const byId = new Map<string, Member>();
    // Who was moved to the front may stand in a later page still.
    for (const member of this.#pages.flatMap(({ members }) => members))
      if (!byId.has(member.user.id)) byId.set(member.user.id, member);
    this.#state.set({
      query: this.#query,
      members: [...byId.values()],
      isAnswered: this.#query === this.#wanted?.query && this.#pages.length > 0,
      hasMore: (this.#pages.at(-1)?.end ?? null) !== null,
      error: this.#error,
    });
  }
}
