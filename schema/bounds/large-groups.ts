/** Owns the bounds of large groups: of what the conversation keeps in memory, and of what one call reads and brings. */

/** What a large group keeps in memory, and reads for one call. */
export const largeGroups = {
  /** Rounds of pushes in a row for the sake of an inbox that fails. Then its member goes without. */
  pushRoundsMax: 3,
  /** Members in memory, those who were asked for last. */
  membersInMemoryMax: 4_096,
  /** Owners and admins in the conversation's details. */
  adminsShownMax: 100,
  /** Members whom a reaction names. How many chose it is a number. */
  reactionUserIdsMax: 20,
  /** Live sockets receive reactions to one message at most this often, in its newest state. */
  reactionsPaceMs: 1_000,
  /** Live sockets of a group up to which members are shown who types. */
  typingSocketsMax: 100,
  /** Users of whom memory holds who may see that they type. */
  typistsMax: 400,
  /** Members who are looked up by a word. If more are found by it, the list is read in its order instead. */
  foundByWordMax: 2_000,
  /** Members whom one page of what is due names: the queue's consumer calls each of them. */
  duePageMembers: 100,
  /** Inboxes that the queue's consumer calls at a time. */
  dueCallsAtOnce: 50,
  /** Pages that are served for one hint. What is left has another hint, behind those of other groups. A Worker makes at most 1,000 calls for one invocation. */
  duePagesPerHintMax: 9,
  /** How long a hint waits in the queue. What becomes due meanwhile needs no other one. */
  dueHintDelaySeconds: 1,
  /** Messages that one member receives one by one in one call. */
  dueMessagesMax: 50,
  /** The newest messages whose senders are called again after a crash: their other devices get them one by one. */
  ownMessagesMax: 50,
  /** Members of whom memory holds whether their inbox is being called, before idle ones are let go. */
  directLanesMax: 1_000,
  /** People of one founding or one addition whose inboxes are called before it is answered, as in a small group. Of more people the queue calls the inboxes. */
  calledAtOnceMax: 100,
  /** How often in a row a call to one inbox is made again at once. After that the queue, or the inbox's own question, brings what is due. */
  directRetriesMax: 4,
  /** Live sockets that the conversation's own object holds. Relays hold those that come later. */
  ownSocketsMax: 1_000,
  /** Live sockets that one relay holds: a message to all of them takes its thread about a tenth of a second. */
  relaySocketsMax: 1_000,
  /** Relays of one group: each is one call for each turn. */
  relaysMax: 120,
  /** The newest changes that are kept for relays, and their bytes. What is older is read from the store. */
  relayLogItemsMax: 500,
  relayLogBytesMax: 4_194_304,
  /** Frames that wait at one relay for their answers. */
  relayAsksMax: 5_000,
  /** Frames that one call of a relay brings up. */
  relayAsksPerCallMax: 500,
  /** A frame that has no answer after this time is answered with `unavailable`: whether it happened is unknown. */
  relayAnswerMs: 9_000,
  /** How long a place at a relay is kept for an upgrade that was sent there. */
  relayJoinMs: 10_000,
  /** How long an upgrade waits for relays to name their sockets, after the conversation has woken. */
  relayKnownMs: 1_500,
  /** How long a sign-out waits for relays to close the device's sockets, before it is told again. */
  relayEndMs: 4_000,
  /** One relay is given up at a time, with this pause between two. */
  relayDrainPauseMs: 60_000,
  /** Sockets that are still there so long after a drain ends are closed. */
  relayDrainGraceMs: 2_000,
} as const;
