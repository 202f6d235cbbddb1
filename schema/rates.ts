/** Owns how often and how much may be written, sent and begun: token buckets and quotas of a day, each with what it defends. */

/**
 * How much one user may store in a day of UTC, and so how much other users receive. An object stores up to 8 GB; one user alone needs 119 days to
 * fill it. `PARLEY_RATE_LIMITS=off` turns these quotas off, too.
 */
export const dayQuotas = {
  /** The unit of the count: a write of n bytes adds one unit with the chance n / `unitBytes`. */
  unitBytes: 1_048_576,
  /** Of one user in one conversation: about 130,000 short messages. */
  mebibytesPerConversation: 64,
  /** Of all members of a conversation together. A member who wrote less than a MiB today may go on. */
  mebibytesOfAllMembers: 512,
  /** Of one user in all conversations. A conversation that does not know yet that the quota is used up accepts about a MiB more. */
  mebibytesInAll: 256,
} as const;

/**
 * Token buckets: `perSecond` refills, `burst` is the size. `PARLEY_RATE_LIMITS=off` turns them off. After an eviction the buckets in memory are
 * full. An eviction takes about 10 s of silence, in which most buckets refill anyway. Each bucket that must outlive it says how it does.
 */
export const rates = {
  /** Frames of one socket, receipts and typing included; beyond it the socket is closed. */
  framesPerSocket: { perSecond: 100, burst: 1_000 },
  /** Frames of one user in one object, over all sockets; beyond it the socket is closed. */
  framesPerUser: { perSecond: 300, burst: 3_000 },
  /** Bytes of these frames, counted before they are parsed; beyond it the socket is closed. */
  frameBytesPerUser: { perSecond: 4_194_304, burst: 33_554_432 },
  /** Elements of frames and calls of one user to one object, over all devices and doors. Defends the object's time. */
  elementsPerUser: { perSecond: 200, burst: 2_000 },
  /** Messages, edits, unsends and reactions of one device in one conversation. */
  writesPerDevice: { perSecond: 20, burst: 200 },
  /** The same of one user, over all devices and doors. */
  writesPerUser: { perSecond: 40, burst: 400 },
  /** Everything written into one conversation. Its lower half is kept for members who have written little lately. */
  writesPerConversation: { perSecond: 200, burst: 2_000 },
  /** Bytes that one user writes into one conversation, or causes to be sent to each member. The day's quota outlives evictions. */
  bytesPerUser: { perSecond: 131_072, burst: 2_097_152 },
  /** The same bytes of all members together. */
  bytesPerConversation: { perSecond: 524_288, burst: 8_388_608 },
  /** Receipts of one user in one conversation. Receipts beyond it wait and become one. */
  receiptsPerUser: { perSecond: 4, burst: 40 },
  /** Frames that carry only receipts and typing, to each live socket and each peer of a conversation. Frames beyond it wait and become one. */
  signFramesPerConversation: { perSecond: 4, burst: 40 },
  /** Members of a large group whose objects are asked who may see that they type. Of members beyond it nobody sees it. */
  typistsAskedPerConversation: { perSecond: 5, burst: 50 },
  /** Messages of a group that mention all its members. Each counts as a mention in every inbox. */
  mentionsOfAllPerConversation: { perSecond: 0.1, burst: 1 },
  /** Changes of title and policy, and invites made, by one member. Worked out anew from the notices after an eviction. */
  detailChangesPerUser: { perSecond: 0.5, burst: 60 },
  detailChangesPerConversation: { perSecond: 2, burst: 200 },
  /** People added, removed, and given roles, by one member. Worked out anew from the notices after an eviction. Leaving is never refused, for each leaving needs a joining. */
  memberChangesPerUser: { perSecond: 2, burst: 200 },
  memberChangesPerConversation: { perSecond: 8, burst: 400 },
  /** How often one user joins one group by invite. Worked out anew from the notices after an eviction. */
  joinsPerUser: { perSecond: 0.05, burst: 20 },
  /** `watch` frames of one user: each writes a row. */
  watchesPerUser: { perSecond: 2, burst: 20 },
  /** Changes that one user makes to rows of their inbox: pins, mutes, drafts. Each writes a row, and all their devices receive it. */
  summaryPatchesPerUser: { perSecond: 5, burst: 50 },
  /** Other people's objects asked for presence on one user's behalf. */
  presenceAsksPerUser: { perSecond: 50, burst: 2_500 },
  /** Changes of name, bio, settings and handle that a user makes: each goes to every conversation and to the directory. */
  profileChangesPerUser: { perSecond: 1 / 20, burst: 60 },
  /** Handles that a user takes: each is a claim in the directory, and frees the handle before it. */
  handleChangesPerUser: { perSecond: 5 / 86_400, burst: 5 },
  /** Contacts and blocks that a user adds or removes: a block goes to every group. */
  peopleChangesPerUser: { perSecond: 1 / 5, burst: 300 },
  /** Changes of where a device receives pushes: each writes rows. */
  pushSubscriptionsPerDevice: { perSecond: 1, burst: 10 },
  /** Exports that a user begins, of conversations and of their own data together: each may read everything that there is. */
  exportsPerUser: { perSecond: 1 / 60, burst: 30 },
  /** Reports to the operator: each is a row that a person reads. */
  reportsPerUser: { perSecond: 20 / 86_400, burst: 20 },
  /** Sync sockets that one device opens: each may receive a whole inbox before it sends anything. */
  syncUpgradesPerDevice: { perSecond: 3, burst: 30 },
  /** People whom a user brings into conversations and who know them, groups founded and invites used: each is rows and calls at many objects. One call may found a group of a thousand of them. */
  bringsKnownPerUser: { perSecond: 1 / 10, burst: 1_001 },
  /** Strangers whom a user brings into conversations. */
  bringsStrangersPerUser: { perSecond: 200 / 86_400, burst: 200 },
  /** Conversations into which one person who is not a contact brings a user. Each is a row of the user's inbox. */
  broughtByOnePerUser: { perSecond: 50 / 86_400, burst: 50 },
  /** Conversations into which all strangers together bring a user like anybody. Conversations beyond it come as requests. */
  strangersPerUser: { perSecond: 100 / 86_400, burst: 100 },
  /** Conversations into which all strangers together bring a user, requests included. */
  strangersMaxPerUser: { perSecond: 1_000 / 86_400, burst: 1_000 },
  /** Accounts made from one address, as one isolate sees it: each is an object for ever, and a handle that nobody else can have. */
  signUpsPerAddress: { perSecond: 1 / 60, burst: 20 },
  /** Handles that are looked at before a sign-up from one address, as one isolate sees it: each is a query, and tells that somebody has the handle. */
  handleChecksPerAddress: { perSecond: 1 / 20, burst: 30 },
  /** Sign-ins by a link that are begun from one address, as one isolate sees it: each takes a place at a desk for two minutes. */
  linksPerAddress: { perSecond: 1 / 5, burst: 20 },
} as const;
