/** Owns every cap and timeout but those of rates.ts; each name ends in its unit, each says what it defends. */

/** What a client may meet; `GET /v1/discovery` shows them. */
export const limits = {
  /** A message's text. SQLite rows stop at 2 MB; four bytes a code point stay far below. */
  textCodePointsMax: 100_000,
  /** Frames and lists carry at most this prefix of a text, so that fan-out costs the same for every message. */
  textPreviewBytesMax: 8_192,
  /** A summary's preview of the last message. */
  previewCodePointsMax: 200,
  /** One request body or one frame; checked before it is parsed. */
  bodyBytesMax: 1_048_576,
  /** Nesting of JSON; stops hostile depth before it reaches code that walks it. */
  jsonDepthMax: 16,
  /** Objects in one array frame from a client. */
  frameObjectsMax: 100,
  clientIdCharactersMax: 64,
  refCharactersMax: 128,
  passwordCodePointsMin: 8,
  passwordCodePointsMax: 256,
  nameCodePointsMax: 100,
  titleCodePointsMax: 100,
  bioCodePointsMax: 500,
  draftCodePointsMax: 10_000,
  /** A reaction; the longest emoji has 35. What is longer is not looked at. */
  reactionBytesMax: 64,
  reactionsPerMessageMax: 20,
  mentionsPerMessageMax: 50,
  /** A poll: it goes to everybody with each vote, so it stays small. */
  pollOptionsMin: 2,
  pollOptionsMax: 12,
  pollQuestionCodePointsMax: 300,
  pollOptionCodePointsMax: 100,
  /** Folders of a user, and conversations that one names: a profile stays small. */
  foldersMax: 10,
  folderConversationsMax: 100,
  /** Messages that a conversation has pinned. Its details name them all, and go to everybody with each notice. */
  pinsPerConversationMax: 50,
  /** The names of a message's attachments that a row of the inbox shows, together. Rows stay small whatever files are called. */
  attachmentNamesCodePointsMax: 510,
  /** Unread messages of a large group that are counted; the number stands still there. Counting on would read more for nobody's use. */
  unreadMax: 9_999,
  /** Members of a group whose inboxes are pushed to, the creator included. */
  smallGroupMembersMax: 100,
  /** Members of a large group. */
  largeGroupMembersMax: 100_000,
  /** Members named in one call: each is an object that is asked. */
  memberIdsPerCallMax: 1_000,
  /** Members whom a notice names; beside them it says how many there are. Everybody in the conversation is sent it. */
  noticeUserIdsMax: 20,
  messagesPageMax: 100,
  messagesPageDefault: 50,
  changesPageMax: 500,
  changesPageDefault: 200,
  listPageMax: 100,
  listPageDefault: 50,
  verifyRangeMax: 1_000,
  /** Users that one socket watches: each is a lease at another object. */
  watchedUsersMax: 500,
  /** Users asked for by one pull of presence. */
  presenceUsersMax: 100,
  syncSocketsPerDeviceMax: 5,
  liveSocketsPerDeviceMax: 5,
  /** A live socket that is further behind pages `changes` instead of being sent everything. */
  liveCatchUpRevsMax: 500,
  longPollWaitSecondsMax: 30,
  typingMsMax: 10_000,
  /** Bad frames in a socket's life before it is closed. */
  badFramesMax: 20,
  /** Conversations of which a sync socket remembers that their rows could not be written after it had received their changes. */
  shownConversationsMax: 50,
  /** Frames and bytes sent since the socket's last frame other than `ping`. Beyond them the reader is slow and its socket is closed, because sockets have no backpressure. */
  unseenFramesMax: 1_000,
  unseenBytesMax: 4_194_304,
  /** The bytes of one burst, which is sent before a reader could answer anything. */
  unseenBurstBytesMax: 16_777_216,
  /** Pages of the inbox, and missed changes of a live socket, that are sent ahead of the reader's last `seen`. */
  aheadBytesMax: 4_194_304,
  /** Greetings of a user's sockets that the server closed and whose other end does not answer. The runtime keeps them in memory until they are read. */
  leavingBytesMax: 33_554_432,
  /** Invites of one group that can still be used: rows of its object. */
  invitesPerConversationMax: 100,
  contactsMax: 5_000,
  blocksMax: 5_000,
  devicesMax: 50,
  /** Conversations where one device may have live sockets: each is a row, and a call when the device is signed out. */
  liveConversationsPerDeviceMax: 500,
  /** The address of a device at a push service: a row of the user's object, and what is checked before each push. */
  pushEndpointCharactersMax: 2_048,
  fcmTokenCharactersMax: 4_096,
} as const;

/** Wrong passwords for one account, against guessing. Strangers and devices that the account knows are counted apart, so that none locks out the other. */
export const wrongPasswords = {
  /** Within a quarter of an hour: of all strangers together, and of each known device by itself. */
  max: 10,
  /** Of strangers from one address within a day, so that one address cannot use up the strangers' count for ever. */
  perAddressMax: 30,
  /** Of all known devices that sign in, together: collecting device secrets buys no more guesses than this. */
  knownDevicesMax: 100,
} as const;

/** How often a device sends `ping`, and how long a silent device still counts as present. */
export const heartbeat = { intervalMs: 5_000, timeoutMs: 30_000 } as const;

/** Times that only the server meets. */
export const timeouts = {
  accessTokenMs: 600_000,
  /** How long a repeated sign-up with the same handle and password counts as the repeat of a call whose answer was lost. */
  signUpRepeatMs: 600_000,
  /** The same for a change of password that the same device repeats. */
  passwordRepeatMs: 600_000,
  /** How long the previous refresh token gets the same answer again. */
  refreshRepeatMs: 60_000,
  /** How long the gateway may believe that a device is not revoked. */
  deviceCheckMs: 1_000,
  /** How long a revoked device's upgrade that was under way is still refused by a conversation. */
  revokedDeviceMs: 120_000,
  /** How long a password waits to be hashed before its call is refused as `later`. After a longer wait there would be no time left to answer. */
  hashWaitMs: 8_000,
  /** How long a wrong password counts. */
  wrongPasswordWindowMs: 900_000,
  /** How long a wrong password counts against the address that it came from. */
  wrongAddressWindowMs: 86_400_000,
  /** A handle claimed by a sign-up or rename that was cut off is free again after this. */
  handleClaimMs: 600_000,
  /** One call between objects; with retries everything is answered within 10 s. */
  objectCallMs: 5_000,
  /** How long a call that changed membership waits for the members' inboxes before it answers all the same. */
  fanOutWaitMs: 1_500,
  /** Under load, how long after its last commit an inbox commits again; and the greatest random time that is added. */
  inboxCommitMs: 1_000,
  inboxCommitSpreadMs: 800,
  /** How long fan-out waits between two calls to the inbox of a member who has the conversation on screen. Their live socket brings the messages at once. */
  livePaceMs: 1_000,
  /** How long a list waits for the present rows of large groups. Then it shows them as they are stored. */
  rowPullMs: 2_000,
  /** How long after a hello an inbox asks large groups for their rows: by then the stored ones have left. */
  rowPullSoonMs: 25,
  /** When a question to a large group that failed is repeated while a device looks: after the first failure, and at the latest. */
  rowPullRetryMs: 5_000,
  rowPullRetryMaxMs: 60_000,
  /** How long a large group sends an inbox its row after it was asked. Longer makes renewing cheaper. */
  rowLookMs: 900_000,
  /** The inbox asks again when less than this is left, while a device looks. */
  rowLookRenewMs: 180_000,
  /** What a large group keeps of a look may end this much before what the inbox believes: renewing it costs no row each time. Well below `rowLookRenewMs`. */
  rowLookSlackMs: 60_000,
  /** A large group sends an inbox what does not concern its user at most this often, a little more than the five seconds that the contract names. */
  rowTellMs: 5_200,
  /** Those whose pauses end at almost the same time are called together. */
  rowRoundMs: 250,
  /** When the hint that members of a large group are to receive something is sent again: after the first time, and at the latest. */
  dueHintMs: 5_000,
  dueHintMaxMs: 300_000,
  fanOutRetryFirstMs: 250,
  fanOutRetryMaxMs: 30_000,
  /** The alarm that finishes fan-out after a crash; also how long an idle conversation keeps it. */
  fanOutAlarmMs: 5_000,
  /** When a user's object repeats a failed task that it owes to other objects: after the first failure, and at the latest. */
  taskRetryFirstMs: 500,
  taskRetryMaxMs: 60_000,
  /** When an alarm whose handler failed runs again: after the first failure, and at the latest. */
  alarmRetryMs: 5_000,
  alarmRetryMaxMs: 300_000,
  /** How often an alarm is tried that only a newer version of the code knows, as after a rollback. */
  unknownAlarmMs: 600_000,
  /** The alarm that finishes tasks after a crash. */
  taskAlarmMs: 5_000,
  /** How long a call waits until other objects have received its change. Then it answers all the same. */
  taskWaitMs: 1_500,
  /** How exact a device's `lastActiveAt` is; each touch is a row. */
  deviceTouchMs: 60_000,
  /** How exact the time is at which a device last opened a conversation's live socket. */
  liveDeviceTouchMs: 3_600_000,
  /** Conversations receive a changed profile at most this often, and then in its newest state: a new name is known everywhere within 30 s. In a direct chat each change takes a rev for ever. */
  profileSendMs: 20_000,
  /** The age at which a row of a live socket is checked with its conversation, however few rows the device has. */
  liveDeviceAskMs: 604_800_000,
  /** The greatest age of a copy of a person with which a conversation is founded or joined. */
  personCopyMs: 60_000,
  /**
   * How long after a watched user's last known frame an alarm looks whether another one came. Silence is announced after 30 to 37 s, with 8 s
   * to spare for a late alarm. A user who pings every 5 s costs at most one alarm every 32 s.
   */
  presenceReviewMs: 37_000,
  /** A silence is announced this long after the timeout at the latest. */
  presenceLateMs: 15_000,
  /** How long a user counts as online whose sockets were lost without a close, as in a restart. */
  presenceLostMs: 15_000,
  /** How long a watch at another user's object holds. Longer makes renewing cheaper. */
  presenceLeaseMs: 900_000,
  /** A watch is renewed when less than this is left of it. */
  presenceRenewMs: 180_000,
  /** How long a watch is kept that no socket wants any more. A client that reconnects or scrolls back will want it again. */
  presenceDropMs: 45_000,
  /** A watcher's sockets receive presence at most this often, so a burst of changes becomes one frame. */
  presencePaceMs: 250,
  /** How long a `watch` waits for the users that it asks before it answers with what is known. */
  presenceAskMs: 7_000,
  /** When a user who accepted no more watchers is asked again. */
  presenceAskAgainMs: 60_000,
  /** When a failed call about presence to another object is repeated: after the first failure, and at the latest. */
  presenceRetryMs: 5_000,
  presenceRetryMaxMs: 30_000,
  /** Other members receive at most this often that a user types, however often the user's devices send it. */
  typingPaceMs: 2_500,
  /** How long a reader that a burst has put behind has time to send `seen`. */
  slowReaderGraceMs: 500,
  /** When a user whose closed sockets hold too much may try to open another. */
  leavingSocketsMs: 10_000,
  /** A drain is announced this long before the sockets go, where it is known in advance. */
  drainAfterMs: 10_000,
} as const;

/** Bounds of work done in one step. */
export const batches = {
  /** Rows of one page of the inbox, and its bytes: a row with a full draft is forty times one without. */
  inboxPageRows: 100,
  inboxPageBytesMax: 1_048_576,
  /** Rows of the inbox in memory, and the bytes of the texts in them. Other rows are read when they are needed. */
  inboxRowsKept: 256,
  inboxRowsKeptBytes: 2_097_152,
  /** Deliveries that one user's object has applied and not yet written. When there are so many, all are written at once. */
  unansweredDeliveriesMax: 128,
  /** Rows of large groups that one inbox asks for at a time, and at most when a device comes back or looks at the list. Each is a call. */
  rowPullsAtOnce: 32,
  rowPullsMax: 500,
  /**
   * Deliveries of one conversation, and characters of their items, that are left to a later answer. With so many all are written at once. This is well below
   * what the conversation has under way at most (`deliveriesAheadMax`), so that it never waits for a commit. A character takes up to three bytes.
   */
  openDeliveriesMax: 32,
  openCharactersMax: 262_144,
  /** Items and bytes of one delivery to a member. */
  deliveryItemsMax: 200,
  deliveryBytesMax: 524_288,
  /** Bytes of one page of `changes` or of messages, everything included: texts, reactions, mentions, notices. */
  pageBytesMax: 1_048_576,
  /** The share of these bytes that a page of messages keeps for its notices. */
  pageNoticesBytes: 262_144,
  /** Notices of one page of messages: a title that is flipped for ever must not make history unreadable. */
  pageNoticesMax: 200,
  /** Segments of the archive that are read for the new messages of one page of `changes`, and for the changed ones. */
  pageSegmentsMax: 8,
  /** Revs that one page of `changes` reads. A rev that a later change covers costs reading and adds nothing to the page. */
  pageRevsMax: 5_000,
  /** Lines of one page of an export, and the bytes of them: a page is one turn of the conversation's object, between those of its live traffic. */
  exportPageLines: 500,
  exportPageBytes: 262_144,
  /** How many times as long as a page took an export rests before the next one, so that most of the time it holds up nobody who chats. */
  exportRestTimes: 2,
  /** The longest of these rests, in milliseconds. A page may have taken long for a reason that a rest does not help, such as a far network. */
  exportRestMsMax: 500,
  /** Rows of an inbox in one page of an export. */
  exportRows: 25,
  /** Messages that are looked at for one page of what a single user wrote in a conversation. */
  exportOwnScan: 2_000,
  /** One call of an import: people, those among them for whom a password is hashed, members of a conversation, lines of its history. */
  importPeople: 100,
  importPasswords: 8,
  importMembers: 1_000,
  importLines: 1_000,
  /** Members of a group whose import is under way. Its object holds all of them in memory until it is open. */
  importGroupMembers: 10_000,
  /** People of one emoji of an imported message, and an id of the source. */
  importReactors: 1_000,
  importIdCodePoints: 200,
  /** Messages that a conversation holds outside the archive before its import has to wait for the archive. */
  importHeldMessages: 45_056,
  /** Calls of imports that one isolate serves at once. */
  importCallsAtOnce: 8,
  /** People whom an isolate remembers to exist while their messages are imported, and for how long. */
  importKnownPeople: 50_000,
  importKnownPeopleMs: 10_000,
  /** Messages that are looked at, and changed, in one page of what an erased account leaves in a conversation. */
  eraseScan: 2_000,
  eraseChanges: 100,
  /** Recent items kept in memory by a conversation, so that fan-out need not read the store. */
  recentItemsMax: 512,
  /** So many of them are kept even where every inbox has stored them. */
  recentItemsKept: 32,
  recentBytesMax: 1_048_576,
  /** Calls of tasks under way at once. After so many calls other requests get their turn. */
  tasksPerRun: 25,
  /** Conversations that receive a change before the place that is reached is stored. */
  memberChangePage: 64,
  /** Such calls under way at once. After so many other requests get their turn. */
  memberChangeCallsMax: 16,
  /** A page of at least so many conversations that all fail means an outage: they are tried again together, and not one by one. */
  memberChangeOutage: 10,
  /** Ids of conversations in one question whether two people have one in common. */
  knownIdsMax: 1_000,
  /** People whom one call of a bringer's object asks or charges, where many are brought, and how many at a time. A Worker and an object make at most 1,000 calls for one invocation. */
  bringPagePeople: 100,
  bringCallsAtOnce: 50,
  /** Conversations to which one user's object keeps the stub of its last call. */
  conversationStubsMax: 100,
  /** Rows of live sockets of one device before the oldest ones are checked with their conversations. As many as a sign-out calls at once. */
  liveRowsUnasked: 64,
  /** Conversations that are asked so at a time. */
  liveRowsAskedMax: 100,
  /** Places of one address in the line of an isolate's password hashes, because other addresses wait behind them. A hash takes a quarter of a second. */
  hashPlacesPerAddressMax: 10,
  /** Places in that line altogether: several times as many as are served within `hashWaitMs`. When one more comes, the last in turn is refused. */
  hashPlacesMax: 100,
  /** Rows of wrong passwords in one object. The counts of one account never need so many, so only counts of handles that nobody has reach it. */
  wrongPasswordRowsMax: 2_000,
  /** Calls to watchers, or to watched users, under way at once. */
  presenceCallsMax: 64,
  /** Leases that one user holds, over all sockets of all devices. They are one row, which is rewritten when one changes, and each costs a call to renew. */
  leasesMax: 2_000,
  /** Users who watch one user. A stranger who comes later is answered once and asks again after a while. A contact who comes later takes the place of a stranger. */
  watchersMax: 1_000,
  /** So many elements of an array frame weigh as one frame more. */
  elementsPerFrame: 10,
  /** Token buckets of one kind in one object. A new bucket replaces the one that was used longest ago. */
  bucketsMax: 2_000,
  /** The newest notices of a conversation from which its meters of title, policy and members are worked out anew. */
  noticesMetered: 400,
} as const;

/** What a conversation holds in memory of its newest messages and deliveries. Programs do not meet these, so they stand apart: the SDK does not carry them. */
export const conversationHolds = {
  /** Messages after which a conversation records who sent them under which clientId. So many are read when it wakes. */
  sentSegmentMessages: 256,
  /** Calls to one member's inbox under way at once, and the bytes of their items. They count until an answer confirms that the inbox has stored them, which may take two seconds. */
  deliveriesAheadMax: 64,
  deliveriesAheadBytesMax: 1_048_576,
  /** Calls to one inbox that may be under way, and the bytes of their items, while a delivery still rides in the answer to the member's own commands. Behind that the inbox is called, and its answer confirms all. */
  ridesMax: 16,
  ridesBytesMax: 262_144,
} as const;

/** The storage of one object. */
export const storage = {
  /** The room that the platform gives an object. Beyond it every write fails. */
  objectBytesMax: 10_000_000_000,
  /** From here on an object refuses everything that makes it grow. The rest is for erasing, leaving, removing and its own notes. */
  growthBytesMax: 8_000_000_000,
} as const;
