/**
 * Owns the picker of emoji: all of Unicode's, by groups or found by words. The focus stays in its search field; the arrow keys lead through the
 * grid, of which only the rows in view are in the page. Loaded when it is first opened.
 */
import { t } from "@lingui/core/macro";
import { useVirtualizer } from "@tanstack/react-virtual";
import {
  type JSX,
  type KeyboardEvent,
  memo,
  startTransition,
  useEffect,
  useId,
  useMemo,
  useRef,
  useState,
} from "react";
import { useObservable } from "parley-sdk/react";
import { afterFrame, useAfterFrame, useIsFrameOver } from "../browser/after-frame.ts";
import { isComposing } from "../browser/composing.ts";
import { useMediaQuery } from "../browser/observe.ts";
import { pageDirection } from "../texts/language.ts";
import { useEnter } from "../ui/use-enter.ts";
import { type Emoji, found, groups, type Tone, toned } from "./emoji.ts";
import { columns, emojiAt, gridRows, type GridRow, type Move, moved, rowOf, type Section } from "./grid.ts";
import { chooseTone, noteUsed, usedOf } from "./recent.ts";
import { sectionIcons, sectionName } from "./sections.ts";
import { TonePicker } from "./tone-picker.tsx";
import "./picker.css";

interface PickerProps {
  readonly emoji: readonly Emoji[];
  readonly userId: string;
  readonly onPick: (emoji: string) => void;
}

export function EmojiPicker({ emoji: all, userId, onPick }: PickerProps): JSX.Element {
  const used = useObservable(usedOf(userId));
  // The order of the recent ones stays while the picker is open, so that nothing moves under the pointer.
  const [recent] = useState(used.recent);
  const [query, setQuery] = useState("");
  // To find the first emoji, and to lay them out, takes the browser longer than all else here.
  const areCellsThere = useIsFrameOver();
  const late = useAfterFrame(query);
  const looked = areCellsThere ? late : "";
  const [place, setPlace] = useState(0);
  const [isLed, setIsLed] = useState(false);
  const isTouch = useMediaQuery("(pointer: coarse)");
  const scroller = useRef<HTMLDivElement>(null);
  const gridId = useId();
  const rows = useMemo(
    () => (areCellsThere ? gridRows(sectionsOf(all, recent, looked)) : []),
    [areCellsThere, all, recent, looked],
  );
  const pxOfRem = useMemo(() => Number.parseFloat(getComputedStyle(document.documentElement).fontSize) || 16, []);
  const [cellPx, titlePx] = [(isTouch ? 2.75 : 2.25) * pxOfRem, 1.75 * pxOfRem];
  // eslint-disable-next-line react/incompatible-library -- its methods are called in this component alone
  const virtualizer = useVirtualizer({
    count: rows.length,
    getScrollElement: () => scroller.current,
    estimateSize: (index) => (rows[index]?.kind === "title" ? titlePx : cellPx),
    overscan: 4,
  });
  useEffect(() => virtualizer.measure(), [virtualizer, rows]);
  const items = useFewFirst(virtualizer.getVirtualItems(), rows);
  const isSearch = looked.trim() !== "";
  const chosen = isLed || isSearch ? emojiAt(rows, place) : undefined;
  const titles = rows.flatMap((row, index) => (row.kind === "title" ? [{ name: row.name, index }] : []));
  const top = virtualizer.range?.startIndex ?? 0;
  const shownGroup = titles.findLast(({ index }) => index <= top + 1)?.name;

  const pick = (each: Emoji) => {
    const written = toned(each, used.tone);
    noteUsed(userId, written);
    onPick(written);
  };
  const enter = useEnter(query, looked, () => {
    if (chosen !== undefined) pick(chosen);
  });
  const lead = (to: number) => {
    setIsLed(true);
    setPlace(to);
    virtualizer.scrollToIndex(rowOf(rows, to), { align: "auto" });
  };
  const onKeyDown = (event: KeyboardEvent<HTMLInputElement>) => {
    if (isComposing(event.nativeEvent)) return;
    const move = moveOf(event.key);
    if (move !== undefined && !(query !== "" && !isLed && (move === "next" || move === "before"))) {
      event.preventDefault();
      lead(isLed || isSearch ? moved(rows, place, move) : 0);
    } else if (event.key === "Enter") {
      event.preventDefault();
      enter();
    }
  };

  return (
    <div className="picker-emoji" data-testid="emoji-picker">
      <div className="picker-emoji-head">
        <input
          type="search"
          className="picker-emoji-search"
          role="combobox"
          aria-label={t`Search emoji`}
          placeholder={t`Search emoji`}
          aria-expanded="true"
          aria-haspopup="grid"
          aria-autocomplete="list"
          aria-controls={gridId}
          aria-activedescendant={chosen === undefined ? undefined : `${gridId}-${place}`}
          autoComplete="off"
          // A phone's keyboard would cover the emoji.
          autoFocus={!isTouch}
          value={query}
          onChange={(event) => {
            setQuery(event.target.value);
            setPlace(0);
            setIsLed(false);
            if (virtualizer.scrollOffset !== 0) virtualizer.scrollToOffset(0);
          }}
          onKeyDown={onKeyDown}
        />
        <TonePicker tone={used.tone} onChoose={(tone: Tone) => chooseTone(userId, tone)} />
      </div>
      {!isSearch && (
        <div className="picker-emoji-groups" role="group" aria-label={t`Groups of emoji`}>
          {titles.map(({ name, index }) => (
            <button
              key={name}
              type="button"
              className="picker-emoji-group"
              aria-label={sectionName(name)}
              title={sectionName(name)}
              aria-pressed={name === shownGroup}
              onClick={() => virtualizer.scrollToIndex(index, { align: "start" })}
            >
              {sectionIcons[name]}
            </button>
          ))}
        </div>
      )}
      <div ref={scroller} className="picker-emoji-scroller" tabIndex={0}>
        <div
          id={gridId}
          role="grid"
          className="picker-emoji-sizer"
          aria-label={t`Emoji`}
          aria-colcount={columns}
          aria-rowcount={rows.length}
          style={{ height: virtualizer.getTotalSize() }}
          onClick={({ target }) => {
            const at = target instanceof Element ? target.closest<HTMLElement>("[data-place]") : null;
            const each = at === null ? undefined : emojiAt(rows, Number(at.dataset["place"]));
            if (each !== undefined) pick(each);
          }}
          onMouseDown={(event) => event.preventDefault()}
        >
          {items.map(({ index, start }) => {
            const row = rows[index];
            if (row === undefined) return null;
            const isChosen = chosen !== undefined && row.kind === "emoji" && row.emoji.includes(chosen);
            return (
              <Row
                key={index}
                row={row}
                index={index}
                start={start}
                gridId={gridId}
                chosen={isChosen ? place : -1}
                tone={used.tone}
              />
            );
          })}
        </div>
        {areCellsThere && rows.length === 0 && <p className="quiet picker-emoji-none">{t`No such emoji.`}</p>}
      </div>
      <p className="picker-emoji-name" aria-hidden="true">
        {chosen !== undefined && (
          <>
            <span className="picker-emoji-large">{toned(chosen, used.tone)}</span> <span>{chosen.name}</span>
          </>
        )}
      </p>
    </div>
  );
}

/** Rows that come in one frame: each emoji that a page has not shown yet takes the browser long. */
const rowsAtOnce = 3;

/** Of other rows the first ones, and in each frame more of them; all, once they have been there. */
function useFewFirst<T>(items: readonly T[], rows: readonly GridRow[]): readonly T[] {
  const [come, setCome] = useState({ rows, count: rowsAtOnce });
  const count = come.rows === rows ? come.count : rowsAtOnce;
  const isMore = items.length > count;
  const isOver = count === Infinity || rows.length === 0;
  useEffect(() => {
    const next = isMore ? count + rowsAtOnce : Infinity;
    return isOver ? undefined : afterFrame(() => startTransition(() => setCome({ rows, count: next })));
  }, [rows, count, isMore, isOver]);
  return items.slice(0, count);
}

interface RowProps {
  readonly row: GridRow;
  readonly index: number;
  readonly start: number;
  readonly gridId: string;
  /** The place that the keys have led to, -1 where it is in another row. */
  readonly chosen: number;
  readonly tone: Tone;
}

/** Drawn again only where it has changed: a key in the search field has little time. */
const Row = memo(function Row({ row, index, start, gridId, chosen, tone }: RowProps): JSX.Element {
  return (
    <div
      role="row"
      aria-rowindex={index + 1}
      className={row.kind === "title" ? "picker-emoji-title" : "picker-emoji-row"}
      style={{ transform: `translateY(${start}px)` }}
    >
      {row.kind === "title" ? (
        <span role="columnheader">{sectionName(row.name)}</span>
      ) : (
        row.emoji.map((each, column) => {
          const place = row.first + column;
          return (
            <span
              key={each.emoji}
              id={`${gridId}-${place}`}
              role="gridcell"
              className="picker-emoji-cell"
              aria-label={each.name}
              aria-selected={place === chosen}
              title={each.name}
              data-place={place}
            >
              {toned(each, tone)}
            </span>
          );
        })
      )}
    </div>
  );
});

function sectionsOf(all: readonly Emoji[], recent: readonly string[], query: string): readonly Section[] {
  if (query.trim() !== "") return [{ name: "found", emoji: found(all, query) }];
  const isUsed = new Set(recent);
  const byForm = new Map<string, Emoji>();
  for (const each of all) for (const form of [each.emoji, ...each.tones]) if (isUsed.has(form)) byForm.set(form, each);
  const used = recent.flatMap((emoji) => {
    const known = byForm.get(emoji);
    // With the tone that it was used in.
    return known === undefined ? [] : [{ ...known, emoji, tones: [] }];
  });
  return [
    { name: "recent", emoji: used.slice(0, 2 * columns) },
    ...groups.map((name) => ({ name, emoji: all.filter(({ group }) => group === name) })),
  ];
}

function moveOf(key: string): Move | undefined {
  const isLeftward = pageDirection() === "rtl";
  switch (key) {
    case "ArrowDown":
      return "down";
    case "ArrowUp":
      return "up";
    case "ArrowRight":
      return isLeftward ? "before" : "next";
    case "ArrowLeft":
      return isLeftward ? "next" : "before";
    default:
      return undefined;
  }
}
