/** Owns what a program without a page does for one account. It keeps in storage what it sends, as a tab does, so that each can go on where the other ended. */
import type { Session as SessionBody } from "../../schema/http/account/accounts.ts";
import { getConversation, listConversations } from "../../schema/http/conversation/conversations.ts";
import { editMessage, postReceipts } from "../../schema/http/conversation/messages.ts";
import type { Summary } from "../../schema/wire/inbox.ts";
import type { Ack } from "../../schema/wire/message.ts";
import { abortable, shared } from "../abortable.ts";
import { PushCalls } from "../session/push-calls.ts";
import type { BackgroundAccount, BackgroundSend } from "../contract/background.ts";
import type { CallOptions, Page, PageAsk } from "../contract/page.ts";
import { faultOf } from "../errors.ts";
import { Api } from "../session/api.ts";
import { deliver } from "../outbox/delivery.ts";
import { handlesToAsk, membersNamed, type Named } from "../outbox/naming.ts";
import type { EditAsk } from "../outbox/acts/edits.ts";
import { Unsent } from "../outbox/unsent.ts";
import type { Performer } from "../outbox/acts/acts.ts";
import type { Marks } from "../receipts/marks-by-user.ts";
import { Session, type SessionParts } from "../session/session.ts";
import { AccountStorage } from "../storage/account-storage.ts";
import type { Locks } from "../storage/locks.ts";
import { callOf, isSingleCall } from "./act-calls.ts";
import { yieldingOf } from "./yielding.ts";

export interface ActorParts extends SessionParts {
  readonly random: () => number;
}

export class Actor implements BackgroundAccount {
  readonly userId: string;
  readonly deviceId: string;
  readonly push: PushCalls;
  readonly #api: Api;
  readonly #storage: AccountStorage;
  readonly #unsent: Unsent;
  readonly #locks: Locks;
  /** Conversations in which something is, or was, to be sent. */
  readonly #touched = new Map<string, Acts>();
  readonly #looks = new Set<() => void>();

  constructor(body: SessionBody, addedAt: number, parts: ActorParts) {
    this.userId = body.user.id;
    this.deviceId = body.device.id;
    const storage = new AccountStorage(parts.storage);
    this.#storage = storage;
    this.#locks = parts.locks;
    this.#api = new Api(parts.http, new Session(body, addedAt, { ...parts, storage }));
    this.push = new PushCalls(this.#api);
    this.#unsent = new Unsent({
      ...{ storage, clock: parts.clock, random: parts.random, locks: parts.locks, userId: this.userId },
      conversation: (conversationId) => this.#acts(conversationId),
      known: (conversationId) => this.#touched.get(conversationId),
      // Without sockets nothing tells it.
      isLinked: () => false,
      // A tab that opens shows what is unsent, and knows what the user does next.
      yielding: yieldingOf({ storage, locks: parts.locks }),
    });
  }

  async send(conversationId: string, text: string, options: BackgroundSend): Promise<Ack> {
    const { clientId, replyTo = null, mentionHandles = [] } = options;
    const handles = handlesToAsk(mentionHandles, []);
    return await this.#unsent.outbox.send({ conversationId, clientId, text, replyTo, mentions: [], handles });
  }

  async markRead(conversationId: string, seq: number): Promise<void> {
    await this.#acts(conversationId).raise({ delivered: seq, read: seq });
  }

  async conversations({ signal, ...query }: PageAsk = {}): Promise<Page<Summary>> {
    const { conversations, cursor } = await this.#api.call(listConversations, { query }, { signal });
    return { items: conversations, cursor };
  }

  async sendUnsent({ signal }: CallOptions = {}): Promise<void> {
    await this.#unsent.adopt();
    this.wake();
    const acting = this.#adoptActs({ signal });
    let look = (): void => undefined;
    const sent = new Promise<void>((resolve) => {
      look = () => {
        if (![...this.#touched.keys()].some((id) => this.#waits(id))) resolve();
      };
    });
    this.#looks.add(look);
    look();
    const receipts = [...this.#touched.values()].map((acts) => acts.resend());
    await abortable(
      Promise.all([sent, acting, ...receipts]).then(() => undefined),
      signal,
    ).finally(() => this.#looks.delete(look));
  }

  /**
   * Makes the small acts that were left when the last tab was closed; resolves when none of them waits any more. While there is a tab, they are its own: it shows them, and
   * knows what was done later. Those that do not say of which epoch they are stay for a tab as well.
   */
  async #adoptActs({ signal }: CallOptions): Promise<void> {
    const { acts } = this.#unsent;
    const isAlone = this.#locks.areShared && (await this.#locks.alive()).size === 1;
    if (!isAlone) return;
    await acts.adopt(({ act, epoch }) => isSingleCall(act) && epoch !== undefined);
    let stop = (): void => undefined;
    const answered = new Promise<void>((resolve) => {
      const look = () => {
        if (acts.waiting.getSnapshot() === 0) resolve();
      };
      stop = acts.waiting.subscribe(look);
      look();
    });
    await abortable(answered, signal).finally(stop);
  }

  /** There may be a network again. */
  wake(): void {
    this.#unsent.wake();
  }

  /** Ends the tries, and writes nothing from now on. */
  close(): void {
    this.#unsent.close();
    this.#storage.forget(this.userId, () => undefined).catch(() => undefined);
  }

  #waits(conversationId: string): boolean {
    return this.#unsent.outbox.pending(conversationId).some(({ status }) => status === "waiting");
  }

  #acts(conversationId: string): Acts {
    const known = this.#touched.get(conversationId);
    if (known !== undefined) return known;
    const acts = new Acts(conversationId, {
      api: this.#api,
      keep: this.#unsent.of(conversationId).keepReceipt,
      onChange: () => this.#looks.forEach((look) => look()),
    });
    this.#touched.set(conversationId, acts);
    return acts;
  }
}

interface ActsParts {
  readonly api: Api;
  readonly keep: (owed: Marks | undefined) => void;
  readonly onChange: () => void;
}

/** What is sent in one conversation, call by call. */
class Acts {
  readonly #conversationId: string;
  readonly #parts: ActsParts;
  /** As the server told it last. */
  #epoch: string | undefined;
  /** The watermarks that the server has not confirmed. */
  #owed: Marks | undefined;

  constructor(conversationId: string, parts: ActsParts) {
    this.#conversationId = conversationId;
    this.#parts = parts;
  }

  readonly deliver = (draft: Parameters<typeof deliver>[0]): Promise<Ack> =>
    deliver(draft, this.#parts.api, () => undefined);
  readonly named = (handles: readonly string[]): Promise<Named> =>
    membersNamed(this.#parts.api, this.#conversationId, handles);
  /** There is no timeline here: what the server has stored is done. */
  readonly confirm = (): Promise<void> => Promise.resolve();
  readonly outboxChanged = (): void => this.#parts.onChange();
  readonly editsChanged = (): void => undefined;
  /** What the server has done is done: the next tab is told of it with the rest that it missed. */
  readonly performer: Performer = {
    perform: async (act) => {
      if (isSingleCall(act)) await callOf(act, this.#parts.api);
    },
    epoch: () => this.#epoch,
    renew: shared(() => this.#renew()),
    stored: () => Promise.resolve(),
    changed: () => undefined,
  };

  async #renew(): Promise<void> {
    const params = { conversationId: this.#conversationId };
    this.#epoch = (await this.#parts.api.call(getConversation, { params })).epoch;
  }

  async deliverEdit({ conversationId, seq, text, mentions }: EditAsk): Promise<void> {
    const body = { text, ...(mentions === null ? {} : { mentions: [...mentions] }) };
    await this.#parts.api.call(editMessage, { params: { conversationId, seq }, body });
  }

  adoptReceipt(owed: Marks): void {
    this.raise(owed).catch(() => undefined);
  }

  async raise({ delivered, read }: Marks): Promise<void> {
    const before = this.#owed ?? { delivered: 0, read: 0 };
    const owed = { delivered: Math.max(delivered, before.delivered), read: Math.max(read, before.read) };
    this.#owed = owed;
    this.#parts.keep(owed);
    try {
      await this.#parts.api.run(postReceipts, { params: { conversationId: this.#conversationId }, body: owed });
    } catch (error) {
      // It stays in storage, unless the server will never have it.
      if (faultOf(error).retry === "never") this.#settle(owed);
      throw error;
    }
    this.#settle(owed);
  }

  /** Sends the watermarks again, if the server has not confirmed them. Errors leave them for the next time. */
  async resend(): Promise<void> {
    if (this.#owed !== undefined) await this.raise(this.#owed).catch(() => undefined);
  }

  #settle(sent: Marks): void {
    // Watermarks that rose meanwhile have a call of their own.
    if (this.#owed !== sent) return;
    this.#owed = undefined;
    this.#parts.keep(undefined);
  }
}
