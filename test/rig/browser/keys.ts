/** Moves through a page by the keyboard alone, as a user who sees the page and has no pointer. */
import type { Page } from "playwright-core";
import { expect } from "vitest";

export interface Focused {
  /** What screen readers say of the element: its label, else its text. */
  readonly name: string;
  readonly tag: string;
  /** Whether the page shows that the element has the focus. */
  readonly isRinged: boolean;
}

/** More elements than Tab can meet on any page of the tests. */
const stopsMax = 60;

export class Keys {
  readonly #page: Page;

  constructor(page: Page) {
    this.#page = page;
  }

  /** The focused element; null if nothing has the focus. */
  focused(): Promise<Focused | null> {
    return this.#page.evaluate(async () => {
      // The focus may be moved a moment after the key, as the tabs of the settings do it.
      await new Promise((resolve) => setTimeout(resolve, 0));
      const element = document.activeElement;
      if (!(element instanceof HTMLElement) || element === document.body) return null;
      const label = element instanceof HTMLInputElement ? element.labels?.[0] : undefined;
      const choice = element instanceof HTMLSelectElement ? element.labels[0] : undefined;
      const longer = element instanceof HTMLTextAreaElement ? element.labels[0] : undefined;
      const name = element.ariaLabel ?? (label ?? choice ?? longer ?? element).textContent ?? "";
      const { outlineStyle, outlineWidth } = getComputedStyle(element);
      const isRinged = outlineStyle !== "none" && Number.parseFloat(outlineWidth) >= 2;
      return { name: name.trim(), tag: element.localName, isRinged };
    });
  }

  /** Presses Tab, or another key, until an element with this name has the focus. Every element on the way shows its focus. */
  async to(name: string | RegExp, key = "Tab"): Promise<void> {
    const passed: string[] = [];
    for (let stop = 0; stop < stopsMax; stop++) {
      const at = await this.focused();
      if (at !== null) {
        if (!at.isRinged) throw new Error(`It cannot be seen that "${at.name}" has the focus`);
        if (typeof name === "string" ? at.name === name : name.test(at.name)) return;
      }
      passed.push(at?.name.slice(0, 40) ?? "nothing");
      await this.#page.keyboard.press(key);
    }
    throw new Error(`${key} does not lead to ${String(name)}, but to: ${passed.join(" | ")}`);
  }

  /** Goes to an element and presses Enter. */
  async press(name: string | RegExp, key?: string): Promise<void> {
    await this.to(name, key);
    await this.#page.keyboard.press("Enter");
  }

  /** Opens a menu and chooses from it by the arrow keys. */
  async choose(button: string | RegExp, item: string | RegExp): Promise<void> {
    await this.press(button);
    await this.pick(item);
  }

  /** Chooses from the menu that is open. */
  async pick(item: string | RegExp): Promise<void> {
    await this.#page.locator("[role=menuitem]:focus").waitFor();
    await this.press(item, "ArrowDown");
  }

  async type(text: string): Promise<void> {
    await this.#page.keyboard.type(text);
  }

  async hit(...keys: readonly string[]): Promise<void> {
    for (const key of keys) await this.#page.keyboard.press(key);
  }

  /** Waits until the page itself has brought the focus to an element with this name. */
  async at(name: string | RegExp): Promise<void> {
    const match = typeof name === "string" ? new RegExp(`^${name.replaceAll(/[.*+?^${}()|[\]\\]/g, "\\$&")}$`) : name;
    await expect.poll(async () => (await this.focused())?.name ?? "nothing").toMatch(match);
  }

  /** All elements that Tab passes from here until it is back. There is a way back from everywhere. */
  async round(): Promise<readonly Focused[]> {
    const start = await this.#page.evaluateHandle(() => document.activeElement);
    const met: Focused[] = [];
    for (let stop = 0; stop < stopsMax; stop++) {
      await this.#page.keyboard.press("Tab");
      const at = await this.focused();
      if (at !== null) met.push(at);
      if (await start.evaluate((element) => element === document.activeElement)) return met;
    }
    throw new Error(`Tab does not come back, but goes to: ${met.map(({ name }) => name).join(" | ")}`);
  }
}
