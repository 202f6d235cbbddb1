/** Owns the names under which things are stored, and their order. `p1` is the version of the whole layout. */
import type { KeyRange } from "../contract/storage.ts";

const root = "p1";
/** Above every character that a key holds. */
const last = "\uFFFF";

/** A number as text, so that the order of the texts is the order of the numbers. */
function padded(n: number): string {
  return String(n).padStart(16, "0");
}

export const keys = {
  sessions: rangeOf(`${root}/session/`),
  session: (userId: string) => `${root}/session/${userId}`,
  /** Values that are kept over sign-outs. */
  knownAccounts: rangeOf(`${root}/known/`),
  known: (userId: string) => `${root}/known/${userId}`,
  /** Devices that were signed out here and that the server has not ended yet. */
  revocations: rangeOf(`${root}/revoke/`),
  revocation: (deviceId: string) => `${root}/revoke/${deviceId}`,
  account: (userId: string) => rangeOf(`${root}/of/${userId}/`),
  sync: (userId: string) => `${root}/of/${userId}/sync`,
  settings: (userId: string) => `${root}/of/${userId}/settings`,
  rows: (userId: string) => rangeOf(`${root}/of/${userId}/row/`),
  row: (userId: string, conversationId: string) => `${root}/of/${userId}/row/${conversationId}`,
  patches: (userId: string) => rangeOf(`${root}/of/${userId}/patch/`),
  /** The patch of one instance. Two tabs may change the same row: each stores its own changes. */
  patch: (userId: string, conversationId: string, instance: string) =>
    `${root}/of/${userId}/patch/${conversationId}/${instance}`,
  /** Whether a program has ever listened for messages, and its position in each conversation. */
  listens: (userId: string) => `${root}/of/${userId}/listens`,
  positions: (userId: string) => rangeOf(`${root}/of/${userId}/heard/`),
  position: (userId: string, conversationId: string) => `${root}/of/${userId}/heard/${conversationId}`,
  /** Own watermarks that the server has not confirmed. */
  receipts: (userId: string) => rangeOf(`${root}/of/${userId}/receipt/`),
  receipt: (userId: string, conversationId: string, instance: string) =>
    `${root}/of/${userId}/receipt/${conversationId}/${instance}`,
  /** The conversation of a key in the range of patches or receipts. */
  conversationOf: (key: string, { from }: KeyRange): string => key.slice(from.length).split("/", 1)[0] ?? "",
  outbox: (userId: string) => rangeOf(`${root}/of/${userId}/out/`),
  /** Entries of one device in the order in which they were written. */
  outboxEntry: (userId: string, createdAt: number, clientId: string) =>
    `${root}/of/${userId}/out/${padded(createdAt)}-${clientId}`,
  /** Entries with attachments have a range of their own: a version of this program that does not know attachments must not send the text without them. */
  outboxWithFiles: (userId: string) => rangeOf(`${root}/of/${userId}/outf/`),
  outboxEntryWithFiles: (userId: string, createdAt: number, clientId: string) =>
    `${root}/of/${userId}/outf/${padded(createdAt)}-${clientId}`,
  /** Files of messages that are not sent yet. A folder has those of one message; it begins with the name of the instance that made it. */
  blobs: (userId: string) => rangeOf(`${root}/of/${userId}/blob/`),
  blobFolder: (userId: string, folder: string) => rangeOf(`${root}/of/${userId}/blob/${folder}/`),
  blob: (userId: string, folder: string, name: string) => `${root}/of/${userId}/blob/${folder}/${name}`,
  /** The folder of a key in the range of blobs. */
  folderOf: (key: string, { from }: KeyRange): string => key.slice(from.length).split("/", 2).join("/"),
  edits: (userId: string) => rangeOf(`${root}/of/${userId}/edit/`),
  edit: (userId: string, conversationId: string, seq: number) =>
    `${root}/of/${userId}/edit/${conversationId}/${padded(seq)}`,
  acts: (userId: string) => rangeOf(`${root}/of/${userId}/act/`),
  /** What one instance does about one thing, as a reaction or a star. */
  act: (userId: string, conversationId: string, slot: string, instance: string) =>
    `${root}/of/${userId}/act/${conversationId}/${slot}/${instance}`,
  /** How far the hash chain of a conversation was verified. */
  verified: (userId: string, conversationId: string) => `${root}/of/${userId}/verified/${conversationId}`,
  conversation: (userId: string, conversationId: string) => rangeOf(`${root}/of/${userId}/c/${conversationId}/`),
  facts: (userId: string, conversationId: string) => `${root}/of/${userId}/c/${conversationId}/facts`,
  message: (userId: string, conversationId: string, seq: number) =>
    `${root}/of/${userId}/c/${conversationId}/m/${padded(seq)}`,
  messages: (userId: string, conversationId: string, from: number, to: number): KeyRange => ({
    from: keys.message(userId, conversationId, from),
    to: keys.message(userId, conversationId, to),
  }),
  notice: (userId: string, conversationId: string, rev: number) =>
    `${root}/of/${userId}/c/${conversationId}/n/${padded(rev)}`,
  notices: (userId: string, conversationId: string): KeyRange => rangeOf(`${root}/of/${userId}/c/${conversationId}/n/`),
};

function rangeOf(prefix: string): KeyRange {
  return { from: prefix, to: `${prefix}${last}` };
}
