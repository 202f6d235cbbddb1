/** Owns one message of the outbox: what is stored of it, what is shown, its place among the others, and what the server is to store. */
import { everyone } from "../../schema/ids.ts";
import { z } from "zod";
import { pollText } from "../../core/polls/poll.ts";
import type { Ack } from "../../schema/wire/message.ts";
import { type PollDraft, pollDraft } from "../../schema/wire/poll.ts";
import type { Attachment } from "../../schema/wire/attachment.ts";
import type { PendingMessage, SendOptions } from "../contract/conversation/conversation.ts";
import { ParleyError, rejected } from "../errors.ts";
import { done, type Outcome } from "../../schema/errors.ts";
import { parseWith } from "../../schema/wire/frames/parse.ts";
import { messageDraft } from "../../schema/wire/send.ts";
import { randomId } from "../platform.ts";
import type { MessageFiles } from "../uploads/message-files.ts";
import { areSameFiles, type GivenFile, storedFiles, type StoredFile } from "../uploads/stored-files.ts";
import { handlesToAsk, mentionsWith, namingForm } from "./naming.ts";

export const storedEntry = z.object({
  conversationId: z.string(),
  clientId: z.string(),
  text: z.string(),
  replyTo: z.int().nullable(),
  mentions: z.array(z.string()),
  /** Absent in what earlier versions have stored. */
  poll: pollDraft.nullish().catch(null),
  ...namingForm,
  createdAt: z.number(),
  failure: z.object({ code: z.string(), detail: z.string() }).nullable(),
});
export type StoredEntry = z.infer<typeof storedEntry>;

/** An entry with attachments. */
export const storedEntryWithFiles = z.object({ ...storedEntry.shape, files: storedFiles });
export type StoredEntryWithFiles = z.infer<typeof storedEntryWithFiles>;

export interface Draft {
  readonly conversationId: string;
  readonly clientId: string;
  readonly text: string;
  readonly replyTo: number | null;
  readonly mentions: readonly string[];
  /** Its `text` is then what stands for it. */
  readonly poll?: PollDraft | null | undefined;
  /** Handles that the text mentions, too; the server is asked for them before the message is sent. */
  readonly handles: readonly string[];
}

/** A message that can be sent: its attachments are uploaded. */
export interface WholeDraft extends Draft {
  readonly attachments: readonly Attachment[];
}

export interface Entry {
  readonly key: string;
  stored: StoredEntry;
  readonly files: MessageFiles | undefined;
  pending: PendingMessage;
  /** `acked`: the server has it, the timeline not yet. */
  state: "waiting" | "failed" | "acked";
  ack: Ack | undefined;
  /** Whether storage has it. */
  saved: Promise<boolean>;
  /** Whether its uploads were begun anew because the server had lost them. */
  isRepeated: boolean;
  readonly settle: { resolve: (ack: Ack) => void; reject: (error: ParleyError) => void }[];
}

/** The message that a program sends; or why it cannot be sent at all. */
export function readDraft(
  conversationId: string,
  text: string,
  { replyTo, mentions = [], mentionsAll = false, mentionHandles = [], clientId = randomId(), poll }: SendOptions,
  files: readonly GivenFile[],
): Outcome<Draft> {
  // What stands in for the ids of the attachments, which are not known yet.
  const ids = files.length === 0 ? {} : { attachments: files.map(({ stored }) => stored.key) };
  const given = poll === undefined ? undefined : { ...poll, options: [...poll.options] };
  const parsed = parseWith(messageDraft, { clientId, text, replyTo, mentions, poll: given, ...ids });
  if (!parsed.ok) return parsed;
  const read = parsed.value.poll;
  const handles = handlesToAsk(mentionHandles, mentions);
  const all = mentionsAll ? [...mentions, everyone] : mentions;
  const draft = { conversationId, clientId, replyTo: replyTo ?? null, mentions: all, handles };
  return done(read === undefined ? { ...draft, text } : { ...draft, text: pollText(read), poll: read });
}

/** What is stored of a new message. */
export function storedOf(draft: Draft, createdAt: number): StoredEntry {
  const { mentions, handles } = draft;
  return { ...draft, mentions: [...mentions], handles: [...handles], found: null, createdAt, failure: null };
}

/** An entry that waits to be sent. */
export function entryOf(key: string, stored: StoredEntry, files: MessageFiles | undefined): Entry {
  const { clientId, text, replyTo, createdAt } = stored;
  const pending: PendingMessage = {
    clientId,
    text,
    replyTo,
    mentions: mentionsWith(stored.mentions, stored),
    attachments: files?.pending ?? [],
    ...(stored.poll == null ? {} : { poll: stored.poll }),
    createdAt: Math.floor(createdAt / 1_000),
    status: "waiting",
    error: null,
    retryAt: null,
  };
  const fresh = { ack: undefined, saved: Promise.resolve(true), isRepeated: false, settle: [] };
  return { key, stored, files, pending, state: "waiting", ...fresh };
}

/** Shows how its uploads are. When all are complete it gets its place. Answers why one of them cannot be uploaded, if the entry waits for it. */
export function takeFiles(entry: Entry, nextPlace: () => number): ParleyError | null {
  const { files, state } = entry;
  if (files === undefined) return null;
  entry.pending = { ...entry.pending, attachments: files.pending };
  if (state !== "waiting" || files.failure !== null) return state === "waiting" ? files.failure : null;
  if (files.attachments === undefined) entry.pending = { ...entry.pending, ...files.wait };
  else if (files.readyAt === null) {
    files.readyAt = nextPlace();
    entry.pending = { ...entry.pending, error: null, retryAt: null };
  }
  return null;
}

/** Those that can be sent, in the order in which they are; then those that wait for their uploads. */
export function inOrder(entries: readonly Entry[]): Entry[] {
  const placeOf = ({ stored, files }: Entry) => (files === undefined ? stored.createdAt : (files.readyAt ?? Infinity));
  return entries.toSorted((a, b) => {
    const [here, there] = [placeOf(a), placeOf(b)];
    return here === there ? a.stored.createdAt - b.stored.createdAt : here - there;
  });
}

/** The message as the server is to store it; undefined while its uploads are under way. */
export function wholeOf({ stored, files }: Entry): WholeDraft | undefined {
  const draft = { ...stored, mentions: mentionsWith(stored.mentions, stored) };
  if (files === undefined) return { ...draft, attachments: [] };
  const { attachments, readyAt } = files;
  return attachments === undefined || readyAt === null ? undefined : { ...draft, attachments };
}

export function isSameDraft(a: Draft, b: Draft): boolean {
  const isSameText = a.text === b.text && a.replyTo === b.replyTo;
  const isSamePoll = JSON.stringify(a.poll ?? null) === JSON.stringify(b.poll ?? null);
  return isSameText && isSamePoll && isSameList(a.mentions, b.mentions) && isSameList(a.handles, b.handles);
}

/** Whether another call means this entry. */
export function isSameEntry({ stored, files }: Entry, draft: Draft, list: readonly StoredFile[] = []): boolean {
  return isSameDraft(stored, draft) && areSameFiles(files?.stored.list ?? [], list);
}

function isSameList(a: readonly string[], b: readonly string[]): boolean {
  return a.length === b.length && a.every((each, i) => each === b[i]);
}

/** Tells all who wait for it why it is not sent. */
export function rejectAll({ settle }: Entry, fault: ParleyError): void {
  for (const { reject } of settle.splice(0)) reject(fault);
}

/** What the server would say of another body under the same clientId. */
export function refused(clientId: string): Promise<never> {
  return rejected(
    new ParleyError({ code: "client_id_reused", detail: `another message has the clientId ${clientId}` }),
  );
}
