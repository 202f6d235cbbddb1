/** Owns the rest between two sounds, in all tabs together. Messages that follow each other in a chat are heard once, and again if they go on for long. Pure. */

const restMs = 1_500;
/** A message that comes this soon after the one before it belongs to the same burst. */
const burstMs = 2_500;
const burstMsMax = 15_000;

interface Heard {
  /** When its latest message came. */
  readonly newsAt: number;
  readonly rangAt: number;
}

export class SoundRest {
  readonly #heard = new Map<string, Heard>();

  /**
   * Whether new messages of these chats sound now. `rangAt`: when anything last sounded, in any tab. A clock that was set back ends no sound.
   */
  rings(conversationIds: readonly string[], rangAt: number, now: number): boolean {
    const begun = conversationIds.filter((id) => {
      const { newsAt = 0, rangAt: at = 0 } = this.#heard.get(id) ?? {};
      return !isWithin(newsAt, now, burstMs) || !isWithin(at, now, burstMsMax);
    });
    const isRinging = begun.length > 0 && !isWithin(rangAt, now, restMs);
    for (const id of conversationIds)
      this.#heard.set(id, { newsAt: now, rangAt: isRinging ? now : (this.#heard.get(id)?.rangAt ?? 0) });
    return isRinging;
  }
}

function isWithin(at: number, now: number, ms: number): boolean {
  return at <= now && now - at < ms;
}
