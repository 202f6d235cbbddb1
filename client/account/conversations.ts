/** Owns the conversations that a program or the page has asked for: makes each once, and passes news of the account to all of them. */
import { conversationId as conversationIdForm, type ConversationId } from "../../schema/ids.ts";
import type { Conversation } from "../conversation/conversation.ts";
import { ParleyError } from "../errors.ts";

export class Conversations {
  readonly #make: (id: ConversationId) => Conversation;
  readonly #made = new Map<string, Conversation>();

  constructor(make: (id: ConversationId) => Conversation) {
    this.#make = make;
  }

  /** The conversation, if somebody has asked for it. */
  known(conversationId: string): Conversation | undefined {
    return this.#made.get(conversationId);
  }

  /** The conversation; undefined where that is no id of one. */
  find(conversationId: string): Conversation | undefined {
    return conversationIdForm.safeParse(conversationId).success ? this.get(conversationId) : undefined;
  }

  get(conversationId: string): Conversation {
    const known = this.#made.get(conversationId);
    if (known !== undefined) return known;
    const parsed = conversationIdForm.safeParse(conversationId);
    if (!parsed.success)
      throw new ParleyError({ code: "bad_request", detail: "conversationId: not the id of a conversation" });
    const conversation = this.#make(parsed.data);
    this.#made.set(conversationId, conversation);
    return conversation;
  }

  rowsTouched(): void {
    for (const conversation of this.#made.values()) conversation.rowTouched();
  }

  /** The account's link changed; `isLinked`: it is there again. */
  linkChanged(isLinked: boolean): void {
    for (const conversation of this.#made.values()) conversation.linkChanged(isLinked);
  }

  /** This tab writes to storage from now on, also what it received while another tab wrote. */
  store(): void {
    for (const conversation of this.#made.values()) void conversation.store();
  }

  /** The account's sockets go by another tab from now on. */
  linkMoved(): void {
    for (const { door } of this.#made.values()) door.moved();
  }

  /** Live sockets can be had again. */
  linkUp(): void {
    for (const { door } of this.#made.values()) door.wake();
  }

  close(): void {
    for (const conversation of this.#made.values()) conversation.close();
  }
}
