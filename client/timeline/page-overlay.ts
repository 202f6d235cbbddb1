/**
 * Owns the changes that arrive while pages are on their way. A page has the messages as they were when the server made it, so changes that
 * arrived since are applied to it.
 */
import type { Seq } from "../../schema/ids.ts";
import type { Message } from "../../schema/wire/message.ts";
import { joinMessages } from "./join.ts";

export class PageOverlay {
  #states: Map<Seq, Message> | undefined;
  #underWay = 0;

  get isOn(): boolean {
    return this.#underWay > 0;
  }

  /** A page was asked for. */
  begin(): void {
    this.#underWay++;
    this.#states ??= new Map();
  }

  /** The page arrived, or will not arrive. */
  end(): void {
    this.#underWay = Math.max(0, this.#underWay - 1);
    if (this.#underWay === 0) this.#states = undefined;
  }

  /** Forgets all changes, because everything was dropped. */
  clear(): void {
    this.#states?.clear();
  }

  keep(message: Message): void {
    this.#states?.set(message.seq, this.latest(message));
  }

  /** A message with the changes that arrived since its page was asked for. */
  latest(message: Message): Message {
    const kept = this.#states?.get(message.seq);
    return kept === undefined ? message : joinMessages(kept, message);
  }
}
