/**
 * Owns what the user is doing that must not be interrupted by the page: a recording, a call for the camera, a text in a field. Whatever would make the app anew (a new version, another
 * language) asks here first.
 */
import { State } from "./state.ts";

const held = new Set<symbol>();
const changes = new State(0);

/** Says that something is under way that is lost with its component. Answers the function that ends it. */
export function holdWork(): () => void {
  const mine = Symbol();
  held.add(mine);
  return () => {
    if (held.delete(mine)) changes.set(changes.getSnapshot() + 1);
  };
}

/** Whether nothing is held. */
export function isFree(): boolean {
  return held.size === 0;
}

/** Whether nothing would be lost if all components were made anew: nothing is held, no dialog is open, and no field has a text. */
export function isIdle(): boolean {
  return isFree() && document.querySelector("dialog[open]") === null && fieldsWithText().length === 0;
}

/** The same, but for texts that are kept however the page ends, as drafts are: they count only while somebody is writing. */
export function isPausing(): boolean {
  if (!isFree() || document.querySelector("dialog[open]") !== null) return false;
  return fieldsWithText().every((field) => field.dataset["kept"] !== undefined && !isWrittenIn(field));
}

function fieldsWithText(): readonly HTMLElement[] {
  const fields = document.querySelectorAll<HTMLInputElement | HTMLTextAreaElement>(
    "input:not([type=checkbox], [type=radio]), textarea",
  );
  return [...fields].filter(({ value, readOnly }) => value !== "" && !readOnly);
}

function isWrittenIn(field: HTMLElement): boolean {
  return document.visibilityState === "visible" && document.hasFocus() && document.activeElement === field;
}

/** How often it is looked whether the moment has come: no event tells that a field was emptied or left. */
const lookMs = 1_000;

/** Calls `act` once `isReady` answers true, at once if it does so now. Answers the function that gives it up. */
export function once(isReady: () => boolean, act: () => void): () => void {
  if (isReady()) {
    act();
    return () => undefined;
  }
  const look = () => {
    if (!isReady()) return;
    end();
    act();
  };
  const timer = setInterval(look, lookMs);
  const unsubscribe = changes.subscribe(look);
  const end = () => {
    clearInterval(timer);
    unsubscribe();
  };
  return end;
}
