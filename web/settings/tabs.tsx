/** Owns a list of tabs and the one that is shown, as keyboards and screen readers know them: Tab leads to the list and from there into the tab, the arrow keys lead through the list. */
import { createContext, type JSX, type KeyboardEvent, type ReactNode, type RefObject, useContext, useId } from "react";
import { ledTo } from "../ui/menus/list-keys.ts";

interface Shown {
  readonly id: string;
  readonly value: string;
  readonly body: string;
  readonly isChosenByFocus: boolean;
  readonly onChoose: (value: string) => void;
}

const ShownContext = createContext<Shown>({
  id: "",
  value: "",
  body: "",
  isChosenByFocus: false,
  onChoose: () => undefined,
});

interface TabsProps {
  /** The tab that is chosen; empty where none is. */
  readonly value: string;
  /** The one whose body is shown. */
  readonly body: string;
  readonly onChoose: (value: string) => void;
  /** Whether the arrow keys show the tab that they lead to. Otherwise it is shown when it is pressed. */
  readonly isChosenByFocus: boolean;
  readonly children: ReactNode;
}

export function Tabs({ children, ...shown }: TabsProps): JSX.Element {
  const id = useId();
  return (
    <div className="tabs">
      <ShownContext value={{ id, ...shown }}>{children}</ShownContext>
    </div>
  );
}

interface ListProps {
  readonly ref: RefObject<HTMLDivElement | null>;
  readonly label: string;
  readonly isHidden: boolean;
  readonly children: ReactNode;
}

export function TabList({ ref, label, isHidden, children }: ListProps): JSX.Element {
  return (
    <div
      ref={ref}
      className="tab-list"
      role="tablist"
      aria-label={label}
      aria-orientation="vertical"
      hidden={isHidden}
      onKeyDown={leadByKey}
    >
      {children}
    </div>
  );
}

interface TabProps {
  readonly value: string;
  /** Whether Tab leads to it while none is chosen. */
  readonly isFirst: boolean;
  readonly children: ReactNode;
}

export function Tab({ value, isFirst, children }: TabProps): JSX.Element {
  const { id, value: chosen, body, isChosenByFocus, onChoose } = useContext(ShownContext);
  const isChosen = value === chosen;
  return (
    <button
      type="button"
      className="tab"
      role="tab"
      id={`${id}-${value}`}
      aria-selected={isChosen}
      aria-controls={value === body ? `${id}-body` : undefined}
      tabIndex={isChosen || (chosen === "" && isFirst) ? 0 : -1}
      data-tab={value}
      onFocus={() => {
        if (isChosenByFocus && !isChosen) onChoose(value);
      }}
      onClick={() => onChoose(value)}
    >
      {children}
    </button>
  );
}

/** What a tab shows, while it is the one. */
export function TabBody({ value, children }: { value: string; children: ReactNode }): JSX.Element | null {
  const { id, body } = useContext(ShownContext);
  if (value !== body) return null;
  return (
    <div className="tab-body" role="tabpanel" id={`${id}-body`} aria-labelledby={`${id}-${value}`} tabIndex={0}>
      {children}
    </div>
  );
}

function leadByKey(event: KeyboardEvent<HTMLElement>): void {
  if (event.ctrlKey || event.altKey || event.metaKey || event.shiftKey) return;
  const all = [...event.currentTarget.querySelectorAll<HTMLElement>("[role=tab]")];
  const present = all.findIndex((tab) => tab === document.activeElement);
  // After the last one comes the first.
  const to = ledTo(event.key, present, all.length, true);
  if (to === undefined) return;
  event.preventDefault();
  all[to]?.focus();
}
