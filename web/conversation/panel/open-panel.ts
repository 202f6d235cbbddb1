/**
 * Owns whether the panel beside a conversation is open. A press is answered by the next frame on a slow processor, too: the panel is seen or not seen in it, and the
 * messages are laid out at their new width in the one after that, for this takes longer.
 */
import { State } from "../../browser/state.ts";

/** Those who show it watch it, so that the conversation is not drawn anew. */
export class OpenPanel {
  readonly isOpen = new State(false);
  #origin: Element | null = null;

  /** What had the focus when the panel was opened. It comes back there. */
  get origin(): Element | null {
    return this.#origin;
  }

  readonly close = (): void => this.#show(false);
  readonly toggle = (): void => this.#show(!this.isOpen.getSnapshot());

  #show(isOpen: boolean): void {
    if (isOpen === this.isOpen.getSnapshot()) return;
    if (isOpen) this.#origin = document.activeElement;
    this.isOpen.set(isOpen);
  }
}
