/** Owns the bounds of sending pushes, and of what is kept of hints that failed for good. */

export const pushing = {
  /** How long one request to a push service may take. It holds one of few connections. */
  requestMs: 5_000,
  /** Requests of one batch of hints under way at once: the platform allows a Worker six connections. */
  requestsMax: 6,
  /** Of these, those to one service, so that a slow service leaves others room. */
  requestsPerServiceMax: 4,
  /** Requests that one service did not answer in time before the rest of the batch stops asking it. */
  hungRequestsMax: 3,
  /** How long an answer of a user's object is used. What was not sent by then is asked again, because it may have been read or unsent meanwhile. */
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
  /** How long FCM is left alone after it said, without a time, that too much was sent. */
  quotaMs: 60_000,
  /** Subscriptions that asked for a wait, which one isolate remembers. */
  restingMax: 10_000,
  /** A payload as JSON. Services take 4,096 bytes, of which the encryption uses 103. */
  payloadBytesMax: 3_000,
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
