/**
 * Owns how the app looks in this browser: the theme and the size of texts. The style sheets read both from attributes of the page's root, which are set before
 * the first element is shown. All tabs follow at once.
 */
import type { Observable } from "parley-sdk";
import { browserStore } from "../browser/browser-store.ts";
import { afterFrame } from "../browser/after-frame.ts";
import { State } from "../browser/state.ts";

export const themes = ["system", "light", "dark", "contrast"] as const;
export type Theme = (typeof themes)[number];
export const textSizes = ["small", "normal", "large", "largest"] as const;
export type TextSize = (typeof textSizes)[number];

export interface Appearance {
  readonly theme: Theme;
  readonly textSize: TextSize;
}

const key = "parley.appearance";
const state = new State<Appearance>(read());

export const appearance: Observable<Appearance> = state;

export function changeAppearance(change: Partial<Appearance>): void {
  const next = { ...state.getSnapshot(), ...change };
  browserStore.set(key, JSON.stringify(next));
  // The choice is marked by the next frame. To draw all of the page in other colours takes longer.
  state.set(next);
  afterFrame(() => show(state.getSnapshot()));
}

/** To be called before the app is shown. */
export function startAppearance(): void {
  show(read());
  // Another tab has changed it.
  addEventListener("storage", (event) => {
    if (event.key === key) show(read());
  });
  moreContrast().addEventListener("change", () => show(state.getSnapshot()));
}

/** Whether the system wants more contrast. It is asked here, so that the style sheets have the colours for it once. */
function moreContrast(): MediaQueryList {
  return matchMedia("(prefers-contrast: more)");
}

function show(next: Appearance): void {
  state.set(next);
  const { theme, textSize } = next;
  const { dataset } = document.documentElement;
  // The colours change at once: a motion of all of them takes a slow processor long.
  dataset["still"] = "";
  afterFrame(() => delete dataset["still"]);
  set(dataset, "theme", theme === "light" || theme === "dark" ? theme : undefined);
  set(dataset, "contrast", theme === "contrast" || moreContrast().matches ? "more" : undefined);
  set(dataset, "textSize", textSize === "normal" ? undefined : textSize);
}

function set(dataset: DOMStringMap, name: string, value: string | undefined): void {
  if (value === undefined) delete dataset[name];
  else dataset[name] = value;
}

function read(): Appearance {
  try {
    const value: unknown = JSON.parse(browserStore.get(key) ?? "null");
    const { theme, textSize }: { theme?: unknown; textSize?: unknown } =
      typeof value === "object" && value !== null ? value : {};
    return {
      theme: themes.find((each) => each === theme) ?? "system",
      textSize: textSizes.find((each) => each === textSize) ?? "normal",
    };
  } catch {
    return { theme: "system", textSize: "normal" };
  }
}
