/** Owns what a program sends in one conversation: checks it, hands it to the outbox, and delivers what the outbox says. */
import type { ConversationId, UserId } from "../../schema/ids.ts";
import type { Ack } from "../../schema/wire/message.ts";
import { abortable } from "../abortable.ts";
import type { MessageUploads } from "../contract/conversation/attachments.ts";
import type { SendOptions } from "../contract/conversation/conversation.ts";
import { faultOf, ParleyError, rejected } from "../errors.ts";
import type { UpDraft } from "../link/frame-socket.ts";
import { deliver, messageOf } from "../outbox/delivery.ts";
import { readDraft, type WholeDraft } from "../outbox/entry.ts";
import type { Api } from "../session/api.ts";
import type { ConversationSync } from "../sync/conversation-sync.ts";
import { type GivenFile, givenFiles } from "../uploads/stored-files.ts";
import type { ConversationHost } from "./conversation-host.ts";

export interface SendingParts {
  readonly conversationId: ConversationId;
  readonly userId: UserId;
  readonly api: Api;
  readonly outbox: ConversationHost["outbox"];
  readonly sync: Pick<ConversationSync, "confirm">;
  readonly viaSocket: (frame: UpDraft) => Promise<Record<string, unknown>> | undefined;
  /** A message is on its way: the user does not type any more. */
  readonly onSend: () => void;
}

export class Sending {
  readonly #parts: SendingParts;
  readonly uploads: MessageUploads;

  constructor(parts: SendingParts) {
    this.#parts = parts;
    const { outbox, conversationId } = parts;
    this.uploads = {
      pause: (clientId) => outbox.pause(conversationId, clientId, true),
      resume: (clientId) => outbox.pause(conversationId, clientId, false),
    };
  }

  send(text: string, options: SendOptions = {}): Promise<Ack> {
    const { attachments = [], onKept, signal } = options;
    let files: readonly GivenFile[];
    try {
      files = givenFiles(attachments);
    } catch (error) {
      return rejected(faultOf(error));
    }
    const { conversationId, outbox, onSend } = this.#parts;
    const read = readDraft(conversationId, text, options, files);
    if (!read.ok) return rejected(new ParleyError(read.refusal));
    onSend();
    const { clientId } = read.value;
    const sent = abortable(outbox.send(read.value, { files, onKept }), signal, () => this.discard(clientId));
    // A program may look at the timeline instead of the promise.
    sent.catch(() => undefined);
    return sent;
  }

  readonly resend = (clientId: string): void => this.#parts.outbox.resend(this.#parts.conversationId, clientId);
  readonly discard = (clientId: string): void => this.#parts.outbox.discard(this.#parts.conversationId, clientId);

  async deliver(draft: WholeDraft): Promise<Ack> {
    return await deliver(draft, this.#parts.api, this.#parts.viaSocket);
  }

  /** Resolves when the timeline holds what was stored under this ack. */
  async confirm(draft: WholeDraft, ack: Ack): Promise<void> {
    const message = messageOf(draft, ack, this.#parts.userId);
    if (message !== undefined) await this.#parts.sync.confirm(ack, message);
  }
}
