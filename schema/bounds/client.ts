/** Owns the bounds of what the SDK holds and asks for. */

/** How much of one conversation the SDK holds in memory. The rest is a hole, or older history, and comes back from the SDK's cache or the server. */
export const clientHolds = {
  /** Messages of a conversation in use, before some are let go. */
  heldMessagesMax: 1_500,
  /** Messages that are kept on either side of those in view. */
  aroundViewMessages: 400,
  /** Messages that are kept at the newest end, wherever the view is. */
  newestMessages: 200,
  /** Messages that count as in view. No screen shows more. */
  viewMessagesMax: 200,
  /** Messages that are kept of a conversation that nobody looks at. Some are let go when there are twice as many. */
  idleMessages: 100,
  /** Notices behind one message before the older ones are left out, and how many stay. */
  noticesMax: 100,
  noticesKept: 50,
  /** Messages that are fetched one by one, as quotes are, before those that nobody looks at are let go. */
  singlesMax: 200,
  /** Messages that have arrived and wait for a slower `onMessage` listener. Those beyond it are fetched when their turn comes. */
  unheardMessagesMax: 200,
  /** Pages of members that are looked through for one handle that a text mentions. */
  handlePagesMax: 5,
  /**
   * Questions for the handles of a text that the server answers with an error, and how long it may stay silent on a link that is there, before the text is sent
   * without those who were not found. A link that is lost is noticed before that.
   */
  handleAsksMax: 3,
  handleAskMsMax: 120_000,
  /** How long a device repeats a sign-out that the server does not accept. Then the device deletes the tokens, which nobody can use without it. */
  revocationMsMax: 7_776_000_000,
} as const;
