/** Owns what is typed while the field for it is on its way, as in the moment between two chats: it is kept, and written into the field once that has the focus. */
import { isComposing } from "../browser/composing.ts";

/** After it the keys are the page's again: the field may never come, as in a chat in which nobody may write. */
const waitMsMax = 3_000;

interface Awaited {
  /** A selector of the field. */
  readonly field: string;
  text: string;
  readonly end: AbortController;
}

let awaited: Awaited | null = null;

/** Keeps what is typed until the focus is in `field`. The focus in another field, or a press, ends it. */
export function typeAhead(field: string): void {
  stop();
  const end = new AbortController();
  const mine: Awaited = { field, text: "", end };
  awaited = mine;
  const { signal } = end;
  addEventListener("keydown", keep, { capture: true, signal });
  addEventListener("pointerdown", stop, { capture: true, signal });
  addEventListener("focusin", arrive, { capture: true, signal });
  const timer = setTimeout(stop, waitMsMax);
  signal.addEventListener("abort", () => clearTimeout(timer));
}

/** Whether something waits for its field, which then takes the focus also where it would not. */
export function isTypedAhead(): boolean {
  return awaited !== null && awaited.text !== "";
}

function stop(): void {
  awaited?.end.abort();
  awaited = null;
}

function keep(event: KeyboardEvent): void {
  const { key, ctrlKey, metaKey, altKey } = event;
  if (awaited === null || isComposing(event) || ctrlKey || metaKey || altKey) return;
  // It has come without the focus, as where a chat opens at a message. Then the keys are the page's.
  if (awaited.text === "" && isThere(awaited.field)) return stop();
  if (key === "Backspace") awaited.text = Array.from(awaited.text).slice(0, -1).join("");
  else if (Array.from(key).length === 1 && (key !== " " || awaited.text !== "")) awaited.text += key;
  else return;
  event.preventDefault();
  event.stopPropagation();
}

function isThere(field: string): boolean {
  return [...document.querySelectorAll(field)].some((each) => each.closest("[inert]") === null);
}

function arrive({ target }: FocusEvent): void {
  if (!(target instanceof HTMLInputElement || target instanceof HTMLTextAreaElement) || awaited === null) return;
  const { field, text } = awaited;
  stop();
  // What gives the field the focus may be in the middle of making the page. No key comes before this.
  if (target.matches(field) && text !== "")
    queueMicrotask(() => {
      target.setRangeText(text, target.value.length, target.value.length, "end");
      target.dispatchEvent(new Event("input", { bubbles: true }));
    });
}
