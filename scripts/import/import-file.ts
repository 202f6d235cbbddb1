/** Owns bringing a file of lines to a server: batches in the order of the file, each sent again until it is answered. */
import { linesOf } from "../export/lines.ts";

export type ImportReport = { people: number; conversations: number; stored: number; known: number };

type Line = Record<string, unknown> & { type?: unknown };
type Open = { conversationId: string; waiting: Line[]; bytes: number; seqs: Map<string, number> };

/** A batch stays below the bounds of a request. */
const messagesMax = 1_000;
const bytesMax = 700_000;
const peopleMax = 50;
const triesMax = 8;

export class ImportFault extends Error {}

export class Importer {
  readonly #url: string;
  readonly #secret: string;
  readonly #source: string;
  readonly #conversations = new Map<string, Open>();
  readonly #report: ImportReport = { people: 0, conversations: 0, stored: 0, known: 0 };
  #people: Line[] = [];
  #line = 0;

  constructor({ url, secret, source }: { url: string; secret: string; source: string }) {
    this.#url = url.replace(/\/+$/, "");
    this.#secret = secret;
    this.#source = source;
  }

  async run(file: string): Promise<ImportReport> {
    for await (const line of linesOf(file)) {
      this.#line++;
      if ("fault" in line) throw this.#fault(line.fault);
      if (line.text.trim() !== "") await this.#take(this.#read(line.text));
    }
    await this.#sendPeople();
    for (const conversation of this.#conversations.values()) {
      await this.#sendMessages(conversation);
      await this.#post({ do: "open", conversationId: conversation.conversationId });
    }
    return this.#report;
  }

  async #take(line: Line): Promise<void> {
    switch (line.type) {
      case "person":
        this.#people.push(line);
        if (this.#people.length >= peopleMax) await this.#sendPeople();
        return;
      case "conversation":
        await this.#sendPeople();
        return await this.#begin(line);
      case "message":
        return await this.#message(line);
      default:
        throw this.#fault(`has the type ${String(line.type)}: person, conversation and message are known`);
    }
  }

  async #begin(line: Line): Promise<void> {
    const { type: _, ...conversation } = line;
    const { conversationId } = await this.#post<{ conversationId: string }>({ do: "conversation", ...conversation });
    this.#conversations.set(nameOf(line["id"]), { conversationId, waiting: [], bytes: 0, seqs: new Map() });
    this.#report.conversations++;
  }

  async #message(line: Line): Promise<void> {
    const conversation = this.#conversations.get(nameOf(line["conversation"]));
    if (conversation === undefined) throw this.#fault("is of a conversation that no line before has begun");
    const bytes = Buffer.byteLength(JSON.stringify(line));
    if (conversation.waiting.length >= messagesMax || conversation.bytes + bytes > bytesMax)
      await this.#sendMessages(conversation);
    conversation.waiting.push(line);
    conversation.bytes += bytes;
  }

  async #sendPeople(): Promise<void> {
    const people = this.#people.splice(0).map((line) => {
      const { type: _, ...person } = line;
      return person;
    });
    if (people.length === 0) return;
    await this.#post({ do: "people", people });
    this.#report.people += people.length;
  }

  async #sendMessages(conversation: Open): Promise<void> {
    const batch = conversation.waiting.splice(0);
    conversation.bytes = 0;
    if (batch.length === 0) return;
    const messages = batch.map(({ id, sender, at, text, replyTo }) => ({
      id,
      sender,
      at,
      text,
      // A message of an earlier batch by its seq, one of this batch by its id.
      ...(replyTo === undefined ? {} : { replyTo: conversation.seqs.get(nameOf(replyTo)) ?? replyTo }),
    }));
    const answer = await this.#post<{ messages: { seq: number; isNew: boolean }[] }>({
      do: "messages",
      conversationId: conversation.conversationId,
      messages,
    });
    for (const [index, { seq, isNew }] of answer.messages.entries()) {
      conversation.seqs.set(nameOf(batch[index]?.["id"]), seq);
      if (isNew) this.#report.stored++;
      else this.#report.known++;
    }
  }

  /** A batch whose answer was lost is sent again: what is there is not stored twice. */
  async #post<T>(batch: object): Promise<T> {
    for (let tries = 1; ; tries++) {
      const response = await fetch(`${this.#url}/v1/operator/import`, {
        method: "POST",
        headers: { "content-type": "application/json", authorization: `Bearer ${this.#secret}` },
        body: JSON.stringify({ source: this.#source, ...batch }),
      }).catch(() => undefined);
      if (response?.ok === true) return (await response.json()) as T;
      if (response !== undefined && response.status < 500 && response.status !== 429)
        throw this.#fault(`(or one just before it) was refused: ${await response.text()}`);
      if (tries === triesMax) throw new ImportFault(`the server does not answer; run the same import again later`);
      await new Promise((resolve) => setTimeout(resolve, Math.random() * 250 * 2 ** tries));
    }
  }

  #read(text: string): Line {
    try {
      const value: unknown = JSON.parse(text);
      if (typeof value === "object" && value !== null && !Array.isArray(value)) return value as Line;
    } catch {
      // Told below.
    }
    throw this.#fault("is not a JSON object");
  }

  #fault(what: string): ImportFault {
    return new ImportFault(`line ${this.#line} ${what}`);
  }
}

/** Ids are texts. Whatever else stands there is told by the server. */
function nameOf(id: unknown): string {
  return typeof id === "string" ? id : "";
}
