/**
 * Judges an export line by line: whether it is whole, in order and without gaps, and whether its chain of hashes and the texts under it are intact.
 * The end of the chain must still be compared with what the server, or another member, says: somebody who rewrites everything can also compute everything anew.
 */
import { bodyDigest, type BodyAttachment, bodyOf, type Sha256Hex } from "./body.ts";
import { chainHash, hashOfNothing } from "./chain.ts";
import type { Seq, UserId } from "../schema/ids.ts";

/** What is read of a line. Anything else in it is not looked at. */
type Fields = Readonly<Record<string, unknown>>;

export type ExportVerdict = {
  /** Whether the `end` line is there and everything before it that must be. */
  isWhole: boolean;
  /** In plain words, each with its line; the first ones where there are many. */
  faults: readonly string[];
  conversationId: string | null;
  /** The messages run from this seq to that one. */
  from: Seq;
  to: Seq;
  /** The chain's value at `to`, as computed here. */
  hash: string;
  notices: number;
  /** Messages whose text was checked; edited since, so that only the chain could be; and erased, or hidden by who exports. */
  texts: { intact: number; edited: number; erased: number };
  /** Attachments of messages that are intact: the chain covers which they are, by the hash of their bytes. */
  attachments: number;
};

/** Where the bytes of an attachment are, and what they must be. */
export type ListedBytes = { id: string; sha256: string; bytes: number; url: string | null };

/** More of them say nothing more. */
const faultsMax = 20;

export class ExportCheck {
  readonly #sha256: Sha256Hex;
  readonly #faults: string[] = [];
  readonly #texts = { intact: 0, edited: 0, erased: 0 };
  #line = 0;
  #phase: "start" | "lines" | "ended" = "start";
  #conversationId: string | null = null;
  #from = 1;
  #seq = 0;
  #noticeRev = 0;
  #hash = hashOfNothing;
  #notices = 0;
  #attachments = 0;

  constructor(sha256: Sha256Hex) {
    this.#sha256 = sha256;
  }

  /** Whether there is any use in reading on. */
  get isHopeless(): boolean {
    return this.#faults.length >= faultsMax;
  }

  /** A line that cannot be read at all. */
  unreadable(why: string): void {
    this.#line++;
    this.#fault(why);
  }

  take(text: string): void {
    this.#line++;
    const fields = fieldsOf(text);
    if (fields === undefined) return this.#fault("is not a JSON object");
    if (this.#phase === "ended") return this.#fault("comes after the end");
    if (this.#phase === "start") return this.#begin(fields);
    switch (fields["type"]) {
      case "message":
        return this.#message(fields);
      case "notice":
        return this.#notice(fields);
      case "end":
        return this.#end(fields);
      case "conversation":
        return this.#fault("begins a conversation a second time");
      default:
        // A newer server may add kinds of lines.
        return;
    }
  }

  verdict(): ExportVerdict {
    if (this.#phase === "start") this.#faults.push("there is no conversation in it");
    else if (this.#phase === "lines" && !this.isHopeless)
      this.#faults.push(`it has no end: it was cut off after ${this.#where()}, or the right to read ended there`);
    return {
      isWhole: this.#phase === "ended" && this.#faults.length === 0,
      faults: this.#faults,
      conversationId: this.#conversationId,
      from: this.#from,
      to: this.#seq,
      hash: this.#hash,
      notices: this.#notices,
      texts: { ...this.#texts },
      attachments: this.#attachments,
    };
  }

  #begin(fields: Fields): void {
    this.#phase = "lines";
    if (fields["type"] !== "conversation") return this.#fault("should begin the conversation and does not");
    const { id, from, startHash } = fields;
    this.#conversationId = typeof id === "string" ? id : null;
    if (!isCounter(from) || from < 1 || !isHash(startHash))
      return this.#fault("does not say from which message the export runs");
    if (from === 1 && startHash !== hashOfNothing) this.#fault("names a hash before the first message");
    this.#from = from;
    this.#seq = from - 1;
    this.#hash = startHash;
  }

  #message(fields: Fields): void {
    const { seq, senderId, sentAt, contentHash, hash, conversationId } = fields;
    if (!isCounter(seq)) return this.#fault("is a message without a number");
    if (seq !== this.#seq + 1) return this.#outOfOrder(seq);
    this.#seq = seq;
    if (conversationId !== this.#conversationId) this.#fault(`message ${seq} is of another conversation`);
    if (typeof senderId !== "string" || !isCounter(sentAt) || !isHash(contentHash) || !isHash(hash))
      return this.#fault(`message ${seq} lacks what its place in the chain is made of`);
    const link = { seq, senderId: senderId as UserId, sentAt, contentHash };
    const computed = chainHash(this.#sha256, this.#hash, link);
    if (computed !== hash) this.#fault(`message ${seq} breaks the chain: its sender, time, text or hash was altered`);
    // After a break the rest is checked against what the file says, so that one fault is named once.
    this.#hash = hash;
    this.#text(fields, seq, contentHash);
  }

  #text(fields: Fields, seq: Seq, contentHash: string): void {
    const { text, salt, editedAt, unsentAt, hidden } = fields;
    if (typeof text !== "string") return this.#fault(`message ${seq} has no text`);
    const attachments = attachmentsIn(fields);
    if (attachments === undefined) return this.#fault(`message ${seq} has attachments that cannot be read`);
    // Who exports has hidden it from themself: its place is in the chain, and its content is not here.
    if (unsentAt !== null || hidden === true) {
      this.#texts.erased++;
      if (text !== "" || salt !== null || attachments.length > 0)
        this.#fault(`message ${seq} was ${hidden === true ? "hidden" : "unsent"} and has content all the same`);
    } else if (typeof salt !== "string") this.#fault(`message ${seq} has no salt, so its text cannot be checked`);
    else if (editedAt !== null) this.#texts.edited++;
    else if (bodyDigest(this.#sha256, salt, bodyOf(text, attachments)) === contentHash) {
      this.#texts.intact++;
      this.#attachments += attachments.length;
    } else
      this.#fault(
        `message ${seq} has another ${attachments.length === 0 ? "text" : "text or other attachments"} than was sent`,
      );
  }

  #notice(fields: Fields): void {
    const { rev, afterSeq } = fields;
    if (!isCounter(rev) || !isCounter(afterSeq)) return this.#fault("is a notice without a place");
    if (afterSeq !== this.#seq) this.#fault(`is a notice that belongs after message ${afterSeq}`);
    if (rev <= this.#noticeRev) this.#fault(`is a notice that comes twice or too late`);
    this.#noticeRev = Math.max(this.#noticeRev, rev);
    this.#notices++;
  }

  #end({ head }: Fields): void {
    this.#phase = "ended";
    const { seq, hash } = isObject(head) ? head : {};
    if (seq !== this.#seq) return this.#fault(`ends at message ${String(seq)}, and ${this.#where()} was the last one`);
    if (hash !== this.#hash) this.#fault("ends with another hash than the last message has");
  }

  #outOfOrder(seq: Seq): void {
    if (seq <= this.#seq) return this.#fault(`message ${seq} comes twice or too late, after ${this.#where()}`);
    const missing = seq - this.#seq - 1;
    const which =
      missing === 1 ? `message ${seq - 1} is missing` : `messages ${this.#seq + 1} to ${seq - 1} are missing`;
    this.#fault(`${which} before message ${seq}`);
    // Goes on from there, so that what follows is still checked for order.
    this.#seq = seq;
    this.#hash = "";
  }

  #where(): string {
    return this.#seq < this.#from ? "the beginning" : `message ${this.#seq}`;
  }

  #fault(what: string): void {
    if (!this.isHopeless) this.#faults.push(`line ${this.#line}: ${what}`);
  }
}

/** What of a message's attachments the chain covers; undefined where it cannot be read. An export from before there were any has none. */
function attachmentsIn({ attachments = [] }: Fields): BodyAttachment[] | undefined {
  if (!Array.isArray(attachments)) return undefined;
  const read: BodyAttachment[] = [];
  for (const each of attachments as unknown[]) {
    if (!isObject(each) || typeof each["id"] !== "string" || !isHash(each["sha256"])) return undefined;
    read.push({ id: each["id"], sha256: each["sha256"] });
  }
  return read;
}

/** The attachments of a line of an export, with the addresses from which their bytes can be fetched for a day. */
export function bytesListedIn(line: string): ListedBytes[] {
  const fields = fieldsOf(line);
  if (fields?.["type"] !== "message" || !Array.isArray(fields["attachments"])) return [];
  return (fields["attachments"] as unknown[]).flatMap((each) => {
    if (!isObject(each)) return [];
    const { id, sha256, bytes, url } = each;
    if (typeof id !== "string" || !isHash(sha256) || !isCounter(bytes)) return [];
    return [{ id, sha256, bytes, url: typeof url === "string" ? url : null }];
  });
}

function fieldsOf(text: string): Fields | undefined {
  try {
    const value: unknown = JSON.parse(text);
    return isObject(value) ? value : undefined;
  } catch {
    return undefined;
  }
}

function isObject(value: unknown): value is Fields {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function isCounter(value: unknown): value is number {
  return typeof value === "number" && Number.isSafeInteger(value) && value >= 0;
}

function isHash(value: unknown): value is string {
  return typeof value === "string" && /^[0-9a-f]{64}$/.test(value);
}
