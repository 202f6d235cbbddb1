/** Owns the plain HTTP calls of a conversation: details, members, roles, title, policy, invites, the chain. */
import type { Performer } from "../outbox/acts/acts.ts";
import type { EditAsk } from "../outbox/acts/edits.ts";
import { sentPicture } from "../uploads/uploads.ts";
import { membersNamed, type Named } from "../outbox/naming.ts";
import type { WholeDraft } from "../outbox/entry.ts";
import type { Marks } from "../sync/marks.ts";
import type { Details } from "./details.ts";
import type { MessageActions } from "./message-actions.ts";
import type { Sending } from "./sending.ts";
import {
  addMembers,
  createInvite,
  deleteMember,
  endInvite,
  getConversation,
  listInvites,
  listMembers,
  patchConversation,
  putMember,
  type ConversationPatch,
  type Invite,
  type InviteDraft,
  type ListedInvite,
} from "../../schema/http/conversation/conversations.ts";
import { listAttachments } from "../../schema/http/conversation/attachments.ts";
import { search } from "../../schema/http/search.ts";
import { listPins, type Pin } from "../../schema/http/conversation/marks.ts";
import { conversationExport } from "../../schema/http/export-paths.ts";
import { verifyChain, type ChainRange } from "../../schema/http/conversation/messages.ts";
import type { Conversation as ConversationDetails, Member } from "../../schema/wire/conversation.ts";
import type { Ack, Message, Role } from "../../schema/wire/message.ts";
import type { Api } from "../session/api.ts";
import type {
  ChainCheck,
  FillOptions,
  HistoryWindow,
  Hole,
  MembersAsk,
  SendOptions,
  VerifyOptions,
  WholeCheck,
} from "../contract/conversation/conversation.ts";
import type { SharedMedia, SharedMediaAsk } from "../contract/conversation/attachments.ts";
import type { Deletion } from "../contract/conversation/hiding.ts";
import type { CallOptions, Page, PageAsk } from "../contract/page.ts";
import type { SearchAsk, SearchHit, SearchPage } from "../contract/search.ts";
import { abortable } from "../abortable.ts";
import { ParleyError } from "../errors.ts";
import type { ConversationSync } from "../sync/conversation-sync.ts";
import { retried, retriedEnd } from "../link/retried.ts";
import type { Views } from "../history/views.ts";
import type { Verifier, VerifierParts } from "../history/verify.ts";

export class ConversationCalls {
  readonly #api: Api;
  readonly #conversationId: string;

  constructor(api: Api, conversationId: string) {
    this.#api = api;
    this.#conversationId = conversationId;
  }

  async details(): Promise<ConversationDetails> {
    return await this.#api.call(getConversation, { params: this.#here });
  }

  async members({ signal, query: q, ...page }: MembersAsk = {}): Promise<Page<Member>> {
    const query = q === undefined ? page : { ...page, q };
    const { members, cursor } = await this.#api.call(listMembers, { params: this.#here, query }, { signal });
    return { items: members, cursor };
  }

  async named(handles: readonly string[]): Promise<Named> {
    return await membersNamed(this.#api, this.#conversationId, handles);
  }

  async putMember(userId: string, role?: Role): Promise<Member> {
    const body = role === undefined ? {} : { role };
    return await retried(() => this.#api.call(putMember, { params: { ...this.#here, userId }, body }));
  }

  async addMembers(userIds: readonly string[]): Promise<readonly string[]> {
    const body = { userIds: [...userIds] };
    return (await retried(() => this.#api.call(addMembers, { params: this.#here, body }))).added;
  }

  async removeMember(userId: string): Promise<void> {
    await retriedEnd(() => this.#api.run(deleteMember, { params: { ...this.#here, userId } }));
  }

  async patch(patch: ConversationPatch): Promise<ConversationDetails> {
    return await retried(() => this.#api.call(patchConversation, { params: this.#here, body: patch }));
  }

  async setAvatar(file: Blob | null): Promise<ConversationDetails> {
    const avatar = file === null ? null : await sentPicture(this.#api, file);
    return await retried(() => this.#api.call(patchConversation, { params: this.#here, body: { avatar } }));
  }

  async sharedMedia({ signal, kinds, ...page }: SharedMediaAsk = {}): Promise<Page<SharedMedia>> {
    const query = kinds === undefined ? page : { ...page, kind: kinds.join(",") };
    const { items, cursor } = await this.#api.call(listAttachments, { params: this.#here, query }, { signal });
    return { items, cursor };
  }

  async pins({ signal, ...query }: PageAsk = {}): Promise<Page<Pin>> {
    const { pins, cursor } = await this.#api.call(listPins, { params: this.#here, query }, { signal });
    return { items: pins, cursor };
  }

  /** Not repeated when the answer is lost, because each call makes an invite. */
  async createInvite(draft: InviteDraft = {}): Promise<Invite> {
    return await this.#api.call(createInvite, { params: this.#here, body: draft });
  }

  async invites({ signal, ...query }: PageAsk = {}): Promise<Page<ListedInvite>> {
    const { invites, cursor } = await this.#api.call(listInvites, { params: this.#here, query }, { signal });
    return { items: invites, cursor };
  }

  async deleteInvite(inviteId: string): Promise<void> {
    await retriedEnd(() => this.#api.run(endInvite, { params: { ...this.#here, inviteId } }));
  }

  async search(q: string, { signal, ...ask }: SearchAsk = {}): Promise<SearchPage<SearchHit>> {
    const query = { q, ...ask, ...this.#here };
    const { hits, cursor, missing = [] } = await this.#api.call(search, { query }, { signal });
    return { items: hits, cursor, missing };
  }

  async chain(from: number, to: number, options?: CallOptions): Promise<ChainRange> {
    return await this.#api.call(verifyChain, { params: this.#here, query: { from, to } }, options);
  }

  async export(options?: CallOptions): Promise<Response> {
    return await this.#api.open(conversationExport, this.#here, options);
  }

  get #here(): { conversationId: string } {
    return { conversationId: this.#conversationId };
  }
}

function hiddenError(): ParleyError {
  return new ParleyError({ code: "not_found", detail: "the user has hidden this message", retry: "never" });
}

/** It is loaded when somebody asks for a check, which few do. */
async function verifierOf(parts: VerifierParts): Promise<Verifier> {
  return new (await import("../history/verify.ts")).Verifier(parts);
}

/** The calls as programs see them. */
export abstract class ConversationAsks {
  protected abstract readonly calls: ConversationCalls;
  protected abstract readonly sync: ConversationSync;
  protected abstract readonly views: Views;
  protected abstract readonly verifying: VerifierParts;
  protected abstract readonly actions: MessageActions;
  protected abstract readonly sending: Sending;
  protected abstract readonly marks: Marks;
  protected abstract readonly facts: Details;

  get details(): Details["shown"] {
    return this.facts.shown;
  }
  readonly loadDetails = ({ signal }: CallOptions = {}): Promise<void> => abortable(this.facts.refresh(), signal);
  readonly setAvatar = (file: Blob | null): Promise<ConversationDetails> =>
    this.facts.answered(this.calls.setAvatar(file));
  readonly patch = (patch: ConversationPatch): Promise<ConversationDetails> =>
    this.facts.answered(this.calls.patch(patch));

  get uploads(): Sending["uploads"] {
    return this.sending.uploads;
  }
  readonly send = (text: string, options?: SendOptions): Promise<Ack> => this.sending.send(text, options);
  readonly resend = (clientId: string): void => this.sending.resend(clientId);
  readonly discard = (clientId: string): void => this.sending.discard(clientId);
  readonly deliver = (draft: WholeDraft): Promise<Ack> => this.sending.deliver(draft);
  readonly confirm = (draft: WholeDraft, ack: Ack): Promise<void> => this.sending.confirm(draft, ack);

  get edits(): MessageActions["pendingEdits"] {
    return this.actions.pendingEdits;
  }
  readonly edit: MessageActions["edit"] = (seq, text, mentions, handles) =>
    this.actions.edit(seq, text, mentions, handles);
  readonly discardEdit = (seq: number): void => this.actions.discardEdit(seq);
  readonly editsChanged = (): void => this.actions.pendingEdits.touch();
  readonly deliverEdit = (ask: EditAsk): Promise<void> => this.actions.deliverEdit(ask);
  get performer(): Performer {
    return this.actions.performer;
  }
  readonly unsend = (seq: number): Promise<void> => this.actions.unsend(seq);
  readonly react = (seq: number, emoji: string, on: boolean): Promise<void> => this.actions.react(seq, emoji, on);

  readonly vote: MessageActions["vote"] = (seq, options) => this.actions.vote(seq, options);
  readonly closePoll = (seq: number): Promise<void> => this.actions.closePoll(seq);
  readonly voters: MessageActions["voters"] = (seq, ask) => this.actions.voters(seq, ask);

  readonly pin = (seq: number): Promise<void> => this.actions.mark("pin", seq, true);
  readonly unpin = (seq: number): Promise<void> => this.actions.mark("pin", seq, false);
  readonly pins = (ask?: PageAsk): Promise<Page<Pin>> =>
    abortable(
      this.actions.answered("pin").then(() => this.calls.pins(ask)),
      ask?.signal,
    );

  get starred(): Marks["starred"] {
    return this.marks.starred;
  }
  get hidden(): Marks["hides"] {
    return this.marks.hides;
  }
  readonly hide = (seqs: readonly number[]): Promise<void> => this.actions.hide(seqs, true);
  readonly unhide = (seqs: readonly number[]): Promise<void> => this.actions.hide(seqs, false);
  readonly deleteChat = (): Deletion => this.actions.deleting.deleteChat();
  readonly leaveAndDelete = (): Promise<void> => this.actions.deleting.leaveAndDelete();
  readonly star = (seq: number): Promise<void> => this.actions.mark("star", seq, true);
  readonly unstar = (seq: number): Promise<void> => this.actions.mark("star", seq, false);

  readonly named = (handles: readonly string[]): Promise<Named> => this.calls.named(handles);
  readonly members = (ask?: MembersAsk): Promise<Page<Member>> => this.calls.members(ask);
  readonly addMember = (userId: string, role?: Role): Promise<Member> => this.calls.putMember(userId, role);
  readonly addMembers = (userIds: readonly string[]): Promise<readonly string[]> => this.calls.addMembers(userIds);
  readonly setRole = (userId: string, role: Role): Promise<Member> => this.calls.putMember(userId, role);
  readonly removeMember = (userId: string): Promise<void> => this.calls.removeMember(userId);
  readonly sharedMedia = (ask?: SharedMediaAsk): Promise<Page<SharedMedia>> => this.calls.sharedMedia(ask);
  readonly invites = (ask?: PageAsk): Promise<Page<ListedInvite>> => this.calls.invites(ask);
  readonly deleteInvite = (id: string): Promise<void> => this.calls.deleteInvite(id);
  readonly createInvite = (draft?: InviteDraft): Promise<Invite> => this.calls.createInvite(draft);
  readonly search = (query: string, ask?: SearchAsk): Promise<SearchPage<SearchHit>> => this.calls.search(query, ask);
  readonly export = (options?: CallOptions): Promise<Response> => this.calls.export(options);
  readonly verify = async (from: number, to: number, options?: CallOptions): Promise<ChainCheck> =>
    await (await verifierOf(this.verifying)).check(from, to, options);
  readonly verifyAll = async (options?: VerifyOptions): Promise<WholeCheck> =>
    await (await verifierOf(this.verifying)).whole(options);

  /** Goes on where a whole page is hidden from the user, so that each call shows something, or the beginning is reached. */
  readonly loadBefore = async ({ signal }: CallOptions = {}): Promise<boolean> => {
    const first = () => this.views.timeline.getSnapshot().entries[0]?.key;
    const before = first();
    for (;;) {
      await abortable(this.sync.history.before(), signal);
      const { hasBefore } = this.views.timeline.getSnapshot();
      const { hidden } = this.marks.hides.getSnapshot();
      if (!hasBefore || hidden.length === 0 || first() !== before) return hasBefore;
    }
  };
  readonly loadAround = async (seq: number, { signal }: CallOptions = {}): Promise<void> => {
    await abortable(this.sync.history.around(seq, this.sync.place), signal);
    if (this.marks.hides.getSnapshot().has(seq)) throw hiddenError();
  };
  readonly loadNewest = async ({ signal }: CallOptions = {}): Promise<void> => {
    await abortable(this.sync.load(), signal);
    await abortable(this.sync.history.newest(), signal);
  };
  readonly loadFullMessage = (seq: number, { signal }: CallOptions = {}): Promise<Message> =>
    abortable(this.sync.whole(seq), signal);
  readonly fill = (hole: Hole, { from = "before", signal }: FillOptions = {}): Promise<void> =>
    abortable(this.sync.history.fill(hole, from), signal);
  readonly window = ({ around }: { readonly around: number }): HistoryWindow => this.views.window(around);
  readonly inView = (first: number, last: number): void => this.sync.place.inView(first, last);
}
