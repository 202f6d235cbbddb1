/** Owns what the left pane shows, beyond the pane itself: on a phone an open chat takes its place, and what was searched is there when it comes back. */
import { useState } from "react";
import { useSettled } from "../../browser/observe.ts";
import { type Filters, noFilters } from "../../search/filters/filters.ts";
import { queryOf, settleMs } from "../../search/query.ts";
import type { ListFilter } from "./list-filter.ts";

export type View = "all" | "requests" | "archived" | "mentions";

export interface SidebarState {
  readonly view: View;
  /** Which of all chats are listed. */
  readonly filter: ListFilter;
  readonly isSearching: boolean;
  readonly query: string;
  /** What messages are searched for: the query, once it has not changed for a moment. */
  readonly words: string;
  /** Whose messages are searched for, and of which days. */
  readonly filters: Filters;
}

const atFirst: Omit<SidebarState, "words"> = {
  view: "all",
  filter: { by: "all" },
  isSearching: false,
  query: "",
  filters: noFilters,
};

export function useSidebarState(): readonly [SidebarState, (change: Partial<SidebarState>) => void] {
  const [state, setState] = useState(atFirst);
  const words = useSettled(queryOf(state.query), settleMs);
  return [{ ...state, words }, (change) => setState((before) => ({ ...before, ...change }))];
}
