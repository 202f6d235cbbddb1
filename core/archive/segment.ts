/**
 * Owns the form of a segment: some hundred consecutive messages, in columns, as one JSON text. Similar values stand beside each other, so that the text compresses well.
 * Values that can be computed are left out: only each 16th message has the chain's hash, and a content's hash is kept only if the text was edited or erased, or
 * there are attachments: a version of the code that knows no attachments computes it from the text alone.
 */
import { bodyDigest, type Sha256Hex, textBody } from "../body.ts";
import { chainHash } from "../chain.ts";
import type { MessageRow, StoredMessage } from "../stored-message.ts";
import type { ConversationId, Seq, TimeMs, UserId } from "../../schema/ids.ts";

/** A hash is computed from the last kept one, so a page of fifty messages needs at most so many more hashes. */
const hashEvery = 16;

/** One value for all messages, or one for each. */
type Column<T> = { readonly all: T } | { readonly each: readonly T[] };

type SegmentForm = {
  readonly v: 1;
  readonly conversationId: ConversationId;
  readonly first: Seq;
  readonly count: number;
  /** The chain's hash at the message before the first. */
  readonly hashBefore: string;
  /** The chain's hashes at the messages at places 15, 31 … */
  readonly hashes: readonly string[];
  readonly senders: readonly UserId[];
  readonly sender: readonly number[];
  /** The differences between each value and the one before. */
  readonly createdRev: readonly number[];
  readonly sentAt: readonly number[];
  /** The differences between `rev` and `createdRev`. */
  readonly changed: Column<number>;
  readonly contentHash: Column<string | null>;
  /** All other fields of a message, by name. */
  readonly rest: Readonly<Record<string, Column<unknown>>>;
};

/** Fields that have a column of their own, or none. */
const apart = new Set(["seq", "createdRev", "rev", "senderId", "sentAt", "hash", "contentHash", "isCut"]);

/** `messages` follow each other without a gap; `hashBefore` is the chain's hash before the first. */
export function encodeSegment(
  sha256: Sha256Hex,
  conversationId: ConversationId,
  hashBefore: string,
  messages: readonly StoredMessage[],
): string {
  const [first] = messages;
  if (first === undefined) throw new Error("a segment without messages");
  const senders = [...new Set(messages.map(({ senderId }) => senderId))];
  const names = [...new Set(messages.flatMap((message) => Object.keys(message)))].filter((name) => !apart.has(name));
  const form: SegmentForm = {
    v: 1,
    conversationId,
    first: first.seq,
    count: messages.length,
    hashBefore,
    hashes: messages.filter((_, at) => at % hashEvery === hashEvery - 1).map(({ hash }) => hash),
    senders,
    sender: messages.map(({ senderId }) => senders.indexOf(senderId)),
    createdRev: differences(messages.map(({ createdRev }) => createdRev)),
    sentAt: differences(messages.map(({ sentAt }) => sentAt)),
    changed: columnOf(messages.map(({ rev, createdRev }) => rev - createdRev)),
    contentHash: columnOf(
      messages.map((message) => (message.contentHash === contentHashOf(sha256, message) ? null : message.contentHash)),
    ),
    rest: Object.fromEntries(
      names.map((name) => [name, columnOf(messages.map((message) => (message as Record<string, unknown>)[name]))]),
    ),
  };
  return JSON.stringify(form);
}

/** Compares all fields of two messages. A field that is absent in one may be null in the other: so it comes back from a segment in which other messages have it. */
export function isSameMessage(a: StoredMessage, b: StoredMessage): boolean {
  const names = new Set([...Object.keys(a), ...Object.keys(b)]);
  const [one, other] = [a as Record<string, unknown>, b as Record<string, unknown>];
  return [...names].every((name) => JSON.stringify(one[name] ?? null) === JSON.stringify(other[name] ?? null));
}

/** The messages of a segment, each made when it is first read. Throws if the text is not that of a segment. */
export class Segment {
  readonly first: Seq;
  readonly last: Seq;
  readonly conversationId: ConversationId;
  /** The length of its text, which is about how much memory it takes. */
  readonly bytes: number;
  readonly #sha256: Sha256Hex;
  readonly #form: SegmentForm;
  readonly #createdRev: readonly number[];
  readonly #sentAt: readonly number[];
  readonly #hashes: (string | undefined)[];

  constructor(sha256: Sha256Hex, json: string) {
    const form = JSON.parse(json) as SegmentForm;
    if (form.v !== 1) throw new Error("a segment of another version");
    this.bytes = json.length;
    this.#sha256 = sha256;
    this.#form = form;
    this.first = form.first;
    this.last = form.first + form.count - 1;
    this.conversationId = form.conversationId;
    this.#createdRev = sums(form.createdRev);
    this.#sentAt = sums(form.sentAt);
    this.#hashes = Array.from({ length: form.count }, (_, at) =>
      at % hashEvery === hashEvery - 1 ? form.hashes[(at + 1) / hashEvery - 1] : undefined,
    );
    const lengths = [form.sender.length, this.#createdRev.length, this.#sentAt.length];
    if (lengths.some((length) => length !== form.count)) throw new Error("columns of different lengths");
  }

  has(seq: Seq): boolean {
    return seq >= this.first && seq <= this.last;
  }

  row(seq: Seq): StoredMessage {
    const at = this.#at(seq);
    const rest = Object.fromEntries(
      Object.entries(this.#form.rest).map(([name, column]) => [name, valueAt(column, at)]),
    );
    const row = {
      ...(rest as Omit<StoredMessage, "seq">),
      seq,
      createdRev: this.createdRevOf(seq),
      rev: this.revOf(seq),
      senderId: this.senderOf(seq),
      sentAt: this.sentAtOf(seq),
      isCut: false as const,
    };
    return { ...row, contentHash: this.#contentHash(row, at), hash: this.#hash(at) };
  }

  text(seq: Seq): string {
    return String(valueAt(this.#form.rest["text"], this.#at(seq)));
  }

  senderOf(seq: Seq): UserId {
    const sender = this.#form.senders[this.#form.sender[this.#at(seq)] ?? -1];
    if (sender === undefined) throw new Error("a message without a sender");
    return sender;
  }

  sentAtOf(seq: Seq): TimeMs {
    return this.#sentAt[this.#at(seq)] ?? 0;
  }

  createdRevOf(seq: Seq): number {
    return this.#createdRev[this.#at(seq)] ?? 0;
  }

  revOf(seq: Seq): number {
    return this.createdRevOf(seq) + Number(valueAt(this.#form.changed, this.#at(seq)) ?? 0);
  }

  /** The chain's hash before the first message. */
  get hashBefore(): string {
    return this.#form.hashBefore;
  }

  #at(seq: Seq): number {
    if (!this.has(seq)) throw new Error("a message of another segment");
    return seq - this.first;
  }

  #contentHash(row: Pick<MessageRow, "text" | "salt" | "editedAt">, at: number): string {
    return valueAt(this.#form.contentHash, at) ?? contentHashOf(this.#sha256, row) ?? "";
  }

  /** Computes the hashes from the nearest earlier one that is known. */
  #hash(at: number): string {
    let known = at;
    while (known >= 0 && this.#hashes[known] === undefined) known--;
    let hash = known < 0 ? this.#form.hashBefore : (this.#hashes[known] ?? "");
    for (let next = known + 1; next <= at; next++) {
      const seq = this.first + next;
      const body = {
        text: this.text(seq),
        salt: (valueAt(this.#form.rest["salt"], next) ?? null) as string | null,
        editedAt: (valueAt(this.#form.rest["editedAt"], next) ?? null) as TimeMs | null,
      };
      const contentHash = this.#contentHash(body, next);
      hash = chainHash(this.#sha256, hash, {
        seq,
        senderId: this.senderOf(seq),
        sentAt: this.sentAtOf(seq),
        contentHash,
      });
      this.#hashes[next] = hash;
    }
    return hash;
  }
}

/** The hash of a text that is as first sent; undefined if it was edited or erased. It is not that of a message with attachments. */
function contentHashOf(
  sha256: Sha256Hex,
  { text, salt, editedAt }: Pick<MessageRow, "text" | "salt" | "editedAt">,
): string | undefined {
  return salt === null || editedAt !== null ? undefined : bodyDigest(sha256, salt, textBody(text));
}

function columnOf<T>(values: readonly T[]): Column<T> {
  const [value] = values.map((each) => JSON.stringify(each));
  return values.every((each) => JSON.stringify(each) === value) ? { all: values[0] as T } : { each: values };
}

function valueAt<T>(column: Column<T> | undefined, at: number): T | undefined {
  return column === undefined ? undefined : "all" in column ? column.all : column.each[at];
}

function differences(values: readonly number[]): number[] {
  return values.map((value, at) => value - (values[at - 1] ?? 0));
}

function sums(values: readonly number[]): number[] {
  let sum = 0;
  return values.map((value) => (sum += value));
}
