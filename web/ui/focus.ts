/**
 * Owns bringing the focus back to where it was before a menu or a dialog took it, and near to where it was when the focused element is removed.
 * When a dialog closes, the menu item that opened it is gone, and so may be the message that it was about. So the last focused element
 * outside of menus and dialogs is remembered; if that is gone, too, an element near it gets the focus.
 */

/** Menus and dialogs: they take the focus for a while. */
const takers = "[role=menu], .picker-place, dialog";
const focusable =
  "a[href], button:not(:disabled), input:not(:disabled), select:not(:disabled), textarea:not(:disabled), [tabindex]";

/** The elements that get the focus if nothing better is left, the best first. */
const fallbacks = [".composer-field", ".pane-who", "[type=search]"];

/** What lies above the page, and the parts of the page, as screen readers know them. */
const regions = `${takers}, [role=log], main, aside, nav`;

/** The part of the page that `focusRegion` focused last. */
let resting: HTMLElement | null = null;

let last: HTMLElement | null = null;
/** The elements around `last`, from the inside out. */
let lastWithin: readonly Element[] = [];
interface Standing {
  readonly element: Element;
  /** The element before it. */
  readonly before: Element | null;
}

/** The focused element and the elements around it, from the inside out. */
let present: readonly Standing[] = [];
/** The latest key, null after a touch or a click. A user who points looks elsewhere anyway, and on a phone the focus would open the keyboard. */
let latestKey: string | null = null;

if (typeof document === "object") {
  document.addEventListener("focusin", ({ target }) => {
    if (!(target instanceof HTMLElement)) return;
    noteFocus(target);
    present = standingOf(target);
  });
  document.addEventListener("keydown", ({ key }) => (latestKey = key), true);
  document.addEventListener("pointerdown", () => (latestKey = null), true);
  new MutationObserver(stayNear).observe(document, { childList: true, subtree: true });
}

/** Remembers `place` as where to come back to. Safari does not focus a button that is clicked, so menus call this themselves. */
export function noteFocus(place: HTMLElement): void {
  if (place.closest(takers) !== null) return;
  last = place;
  lastWithin = standingOf(place).map(({ element }) => element);
}

/** Whether a dialog, a menu or a popover lies above the page: then the keys are its own, unless it is on its way out. */
export function isAnythingAbove(): boolean {
  return document.querySelector("dialog[open]:not([data-left]), [role=menu], .picker-place") !== null;
}

/** Whether the latest input was a key. */
export function isByKey(): boolean {
  return latestKey !== null;
}

/** Whether nothing has the focus, or only a part of the page that got it for want of something better, or a menu, a dialog or a panel that is closing. */
export function isFocusLost(): boolean {
  const active = document.activeElement;
  return (
    active === null ||
    active === document.body ||
    active === resting ||
    active.closest("[role=menu], dialog:not([open]), [hidden]") !== null
  );
}

/** Focuses `origin`, or the remembered element, unless something else has the focus by now. */
export function returnFocus(origin: Element | null = null): void {
  if (!isFocusLost()) return;
  // In a message, the message itself gets the focus and not one of its buttons, so that the arrow keys continue from there.
  // If it is gone, too, the nearest fallback around it: of a message the field below it, of a row the search above it.
  const around = [...lastWithin, document].filter(({ isConnected }) => isConnected);
  const places = [
    origin instanceof HTMLElement ? origin : null,
    last?.closest<HTMLElement>("[data-message]"),
    last,
    movedTo(lastWithin),
    // Who points looks elsewhere anyway, and on a phone a field would open the keyboard.
    ...(isByKey()
      ? around.flatMap((each) => fallbacks.map((fallback) => each.querySelector<HTMLElement>(fallback)))
      : []),
  ];
  for (const place of places) if (place != null && takesFocus(place)) return;
  focusRegion(around[0]);
}

/** Focuses the part of the page around `within`. A screen reader then goes on there, and not from the top of the page; a phone opens no keyboard for it. */
function focusRegion(within: Element | Document | undefined): void {
  const region = (within instanceof Element ? within.closest(regions) : null) ?? document.querySelector("main");
  if (!(region instanceof HTMLElement)) return;
  if (!region.hasAttribute("tabindex")) region.tabIndex = -1;
  if (takesFocus(region)) resting = region;
}

/**
 * When the focused element is removed, browsers focus nothing: the next Tab would begin anew, and keys that scroll would do nothing. So what is
 * nearest around it gets the focus; after a press, the part of the page.
 */
function stayNear(): void {
  const removed = present[0]?.element;
  if (removed === undefined || removed.isConnected) return;
  if (document.activeElement !== null && document.activeElement !== document.body) return;
  // Menus give the focus back by themselves when they close.
  if (removed.closest("[role=menu], .picker-place") !== null) return;
  if (latestKey === null) {
    const within = present.find(({ element }) => element.isConnected)?.element;
    present = [];
    return focusRegion(within);
  }
  const moved = movedTo(present.map(({ element }) => element));
  if (moved !== null && takesFocus(moved)) return;
  const left = present.findIndex(({ element }) => element.isConnected);
  const before = present[left - 1]?.before ?? null;
  const around = present.slice(Math.max(0, left)).map(({ element }) => element);
  present = [];
  for (const place of around) {
    if (place === document.body) return;
    const message = place.closest<HTMLElement>("[data-message]");
    const isInHistory = place.closest(".timeline-place") !== null;
    // A message that was scrolled out of view is removed, too. There the focus stays lost, so that the keys go on scrolling.
    if (isInHistory && message === null && latestKey !== "Enter" && latestKey !== " ") return;
    const field = place.querySelector<HTMLElement>(".composer-field");
    const others = isInHistory ? [] : focusableIn(place);
    const next = others.find((each) => before?.isConnected === true && isBehind(each, before));
    if ([message, field, next, ...others].some((near) => near != null && takesFocus(near))) return;
  }
}

/** The same part of the same row, if the row has moved to another list; `path` leads from the part outwards. */
function movedTo(path: readonly Element[]): HTMLElement | null {
  const part = path[0];
  const row = path.find((each) => each.hasAttribute("data-id"));
  if (part === undefined || part.classList.length === 0 || row === undefined || row.isConnected) return null;
  const now = document.querySelector(`[data-id="${CSS.escape(row.getAttribute("data-id") ?? "")}"]`);
  return now?.querySelector<HTMLElement>([...part.classList].map((name) => `.${CSS.escape(name)}`).join("")) ?? null;
}

/** What Tab leads to in `place`, in turn. */
export function focusableIn(place: Element): readonly HTMLElement[] {
  return [...place.querySelectorAll<HTMLElement>(focusable)].filter(({ tabIndex }) => tabIndex >= 0);
}

function isBehind(element: Element, before: Element): boolean {
  const position = before.compareDocumentPosition(element);
  return (position & Node.DOCUMENT_POSITION_FOLLOWING) !== 0 && !before.contains(element);
}

function takesFocus(place: HTMLElement): boolean {
  if (!place.isConnected || place.closest("[inert]") !== null) return false;
  place.focus({ preventScroll: true });
  return document.activeElement === place;
}

function standingOf(element: Element): readonly Standing[] {
  const path: Standing[] = [];
  for (let each: Element | null = element; each !== null; each = each.parentElement)
    path.push({ element: each, before: each.previousElementSibling });
  return path;
}
