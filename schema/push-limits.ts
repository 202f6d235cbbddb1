/** Owns the bounds of pushes: of what waits in users' objects, of sending, and of what is kept of hints that failed for good. */

/** In users' objects: how many wait, how they are summed up, and when a lost hint is repeated. */
export const pushes = {
  /** Messages of a group that are pushed one by one within `busyMs`; those after them are summed up. */
  singlesMax: 5,
  /** The minute in which they are counted. A group is busy until no message came for so long; while it is, one summary is pushed in this time. */
  busyMs: 60_000,
  /** How long the first summary waits for more messages. */
  gatherMs: 10_000,
  /** Messages of a summary that are known one by one, so that one that is unsent counts no more. Others only count. */
  summedMax: 200,
  /**
   * Pushes of one conversation that wait to be sent: more than one device may write at once and in the seconds after it. The oldest make room: of what was not
   * delivered a push service keeps one a conversation anyway. As many messages are known to be late.
   */
  waitingMax: 300,
  /** Characters of their texts. The oldest lose theirs first. */
  waitingCharactersMax: 20_000,
  /** How long a push may wait. After a day it is no news. */
  waitMsMax: 86_400_000,
  /** Pushes in one answer to the consumer, and so in one report. */
  perCallMax: 50,
  /** When the hint to the consumer is repeated if no report comes: first, and at the latest. */
  hintAgainMs: 30_000,
  hintAgainMaxMs: 600_000,
  /** Pushes that one call may make due again, as when dead letters are replayed. */
  againMax: 200,
} as const;

/** Sending. */
export const pushing = {
  /** How long one request to a push service may take. It holds one of few connections. */
  requestMs: 5_000,
  /** Requests of one batch of hints under way at once: the platform allows a Worker six connections. */
  requestsMax: 6,
  /** Of these, those to one service, so that a slow service leaves others room. */
  requestsPerServiceMax: 4,
  /** Requests that one service did not answer in time before the rest of the batch stops asking it. */
  hungRequestsMax: 3,
  /**
   * How old what the user's object said of a push may be when its request leaves. Then the object is asked whether that push is still due, because it may have
   * been read or unsent meanwhile. A push that need not wait leaves within this time.
   */
  freshMs: 100,
  /** How long that question may take. The push has its slot meanwhile. */
  askMs: 1_000,
  /** How long an answer of a user's object is used for the rest: the texts, the badge, the addresses, and what is due at all. */
  answerMs: 2_000,
  /** Questions to a user's object, and requests for it, that one hint leads to. Then another hint is sent, so that others come first. */
  roundsPerHintMax: 8,
  requestsPerHintMax: 300,
  /** Users of one batch who are served at once. */
  usersAtOnceMax: 50,
  /** Seconds until a hint comes again: after the first failure, the second … The queue's `max_retries` says how often. */
  retrySeconds: [2, 6, 15, 30, 60],
  /** How old a push is at least when it is given up. A young one met the tries of an older hint, and has had too few of its own. */
  giveUpAfterMs: 60_000,
  /** The longest wait that a push service may ask for. */
  retryAfterMsMax: 3_600_000,
  /** How long no request goes to FCM after it answered, without a time, that too much was sent. */
  quotaMs: 60_000,
  /** Subscriptions that asked for a wait, which one isolate remembers. */
  restingMax: 10_000,
  /** A payload as JSON. Services take 4,096 bytes, of which the encryption uses 103. */
  payloadBytesMax: 3_000,
  /** The names of attachments, together, in a push that would be larger. */
  attachmentNamesCodePointsMax: 60,
  /** The same through FCM, which counts the texts twice for iOS. */
  fcmPayloadBytesMax: 1_500,
  /** How long a service keeps a push for a device that is off. */
  ttlSeconds: 2_419_200,
  /** How long a VAPID token holds, and what must be left of it when it is used. RFC 8292 allows 24 hours. */
  vapidTokenMs: 43_200_000,
  vapidTokenLeftMs: 21_600_000,
  /** What must be left of FCM's access token, which holds an hour. */
  accessTokenLeftMs: 300_000,
  /** Tokens that one isolate keeps, one for each service and key. */
  tokensMax: 200,
  /** How long a push waits for a name. It is less than `answerMs`, so that the answer of the object can still be used. */
  namesWaitMs: 1_000,
  /** How long an isolate uses a name that it looked up, and how many it keeps. */
  nameMs: 60_000,
  namesMax: 5_000,
  /** Of an error's body as much is read. */
  answerBytesMax: 8_192,
} as const;

/** What is kept of hints that failed for good. */
export const deadLetterBounds = {
  /** In each database of the directory. The oldest go first. */
  lettersMax: 10_000,
  keptMs: 1_209_600_000,
  /** Letters of one page, and of one call that replays or drops. */
  lettersPageMax: 100,
  lettersPageDefault: 50,
  /** Pushes that one letter names. */
  givenUpMax: 200,
} as const;
