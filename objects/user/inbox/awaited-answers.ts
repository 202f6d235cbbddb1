/**
 * Owns the conversations that have commands of this user under way. The answer may bring what the inbox lacks (a rider), and a delivery that follows it may come first.
 * Such a delivery waits for the answer, so that it is no gap.
 */
import type { ConversationId } from "../../../schema/ids.ts";

export class AwaitedAnswers<Job> {
  readonly #held = new Map<ConversationId, Job[]>();

  begin(conversationId: ConversationId): void {
    if (!this.#held.has(conversationId)) this.#held.set(conversationId, []);
  }

  /** Whether the job waits for an answer. */
  holds(conversationId: ConversationId, job: Job): boolean {
    const held = this.#held.get(conversationId);
    held?.push(job);
    return held !== undefined;
  }

  /** The answer came, or none will. Answers the jobs that waited for it, in order. */
  end(conversationId: ConversationId): readonly Job[] {
    const held = this.#held.get(conversationId) ?? [];
    this.#held.delete(conversationId);
    return held;
  }
}
