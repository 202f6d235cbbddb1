/** Owns the search in an open chat: what to look for, by whom and when it was written, and the steps from hit to hit. */
import { plural, t } from "@lingui/core/macro";
import { type JSX, type KeyboardEvent, type RefObject, useEffect, useId, useMemo, useState } from "react";
import { useSettled } from "../../browser/observe.ts";
import { useActions } from "../actions.ts";
import { IconButton } from "../../ui/button.tsx";
import { isComposing } from "../../browser/composing.ts";
import { returnFocus } from "../../ui/focus.ts";
import { Icon } from "../../ui/icons.tsx";
import { HitPages } from "../../search/hit-pages.ts";
import { useHits } from "../../search/hits.ts";
import { queryOf, settleMs } from "../../search/query.ts";
import { useSaidCount } from "../../search/spoken-count.tsx";
import { ChatFilters } from "./chat-filters.tsx";
import { askOf, countOf, type Filters, noFilters } from "../../search/filters/filters.ts";
import { placeText, useSteps, type Way } from "./steps.ts";
import { Trouble } from "./trouble.tsx";

interface ChatSearchProps {
  readonly field: RefObject<HTMLInputElement | null>;
  readonly onClose: () => void;
}

export function ChatSearch({ field, onClose }: ChatSearchProps): JSX.Element {
  const { conversation, announce } = useActions();
  const [typed, setTyped] = useState("");
  const [filters, setFilters] = useState<Filters>(noFilters);
  const [hasFilters, setHasFilters] = useState(false);
  const filtersId = useId();
  const query = queryOf(typed);
  const settled = useSettled(query, settleMs);
  const key = JSON.stringify([query, filters]);
  const pages = useMemo(
    () => (settled === "" ? null : new HitPages((ask) => conversation.search(settled, { ...askOf(filters), ...ask }))),
    [conversation, settled, filters],
  );
  const state = useHits(pages);
  useSaidCount(state, (text) => {
    if (pages !== null) announce(text);
  });
  const { index, step, isWaiting } = useSteps(key, query === settled ? pages : null, state);

  // When the search closes, the field that had the focus is gone.
  useEffect(() => {
    const origin = document.activeElement;
    field.current?.focus();
    return () => returnFocus(origin);
  }, [field]);

  const onKeyDown = (event: KeyboardEvent<HTMLElement>) => {
    if (event.defaultPrevented || isComposing(event.nativeEvent)) return;
    if (event.key === "Escape") {
      event.preventDefault();
      onClose();
      return;
    }
    if (event.target !== field.current) return;
    const ways: Record<string, Way | undefined> = {
      Enter: event.shiftKey ? "newer" : "older",
      ArrowUp: "older",
      ArrowDown: "newer",
    };
    const way = ways[event.key];
    if (way === undefined) return;
    event.preventDefault();
    step(way);
  };
  const filtersCount = countOf(filters);
  const canOlder = pages !== null && (index + 1 < state.hits.length || state.status !== "done");

  return (
    <div
      className="chat-search"
      role="search"
      aria-label={t`Search in this chat`}
      onKeyDown={onKeyDown}
      data-testid="chat-search"
    >
      <div className="chat-search-line">
        <div className="search">
          <Icon name="search" size={18} />
          <input
            ref={field}
            type="search"
            data-find=""
            aria-label={t`Search in this chat`}
            placeholder={t`Search in this chat`}
            autoComplete="off"
            enterKeyHint="search"
            value={typed}
            onChange={(event) => setTyped(event.target.value)}
          />
        </div>
        <span className="chat-search-count" data-testid="chat-search-count">
          {pages === null ? "" : placeText(state, index, isWaiting)}
        </span>
        <IconButton icon="up" label={t`Older hit`} disabled={!canOlder} onClick={() => step("older")} />
        <IconButton icon="down" label={t`Newer hit`} disabled={index < 1} onClick={() => step("newer")} />
        <IconButton icon="close" label={t`Close the search`} onClick={onClose} />
      </div>
      <div className="chat-search-line">
        <button
          type="button"
          className="button-link"
          aria-expanded={hasFilters}
          aria-controls={hasFilters ? filtersId : undefined}
          onClick={() => setHasFilters(!hasFilters)}
        >
          {filtersCount === 0
            ? t({ message: "Filters", comment: "Button: shows what narrows a search" })
            : plural(filtersCount, { one: "# filter", other: "# filters" })}
        </button>
        <Trouble pages={pages} state={state} />
      </div>
      {hasFilters && <ChatFilters id={filtersId} filters={filters} onChange={setFilters} />}
    </div>
  );
}
