/** Owns what can be asked of a conversation by plain calls: members, roles, title, policy, invites, the chain. */
import {
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
} from "../../schema/http/conversations.ts";
import { verifyChain, type ChainRange } from "../../schema/http/messages.ts";
import type { Conversation as Details, Member } from "../../schema/wire/conversation.ts";
import type { Role } from "../../schema/wire/message.ts";
import type { Api } from "../link/api.ts";
import type { Page, PageAsk } from "../contract/page.ts";
import { retried, retriedEnd } from "../link/retried.ts";

export class ConversationCalls {
  readonly #api: Api;
  readonly #conversationId: string;

  constructor(api: Api, conversationId: string) {
    this.#api = api;
    this.#conversationId = conversationId;
  }

  async details(): Promise<Details> {
    return await this.#api.call(getConversation, { params: this.#here });
  }

  async members(ask: PageAsk = {}): Promise<Page<Member>> {
    const { members, cursor } = await this.#api.call(listMembers, { params: this.#here, query: { ...ask } });
    return { items: members, cursor };
  }

  async putMember(userId: string, role?: Role): Promise<Member> {
    const body = role === undefined ? {} : { role };
    return await retried(() => this.#api.call(putMember, { params: { ...this.#here, userId }, body }));
  }

  async removeMember(userId: string): Promise<void> {
    await retriedEnd(() => this.#api.run(deleteMember, { params: { ...this.#here, userId } }));
  }

  async patch(patch: ConversationPatch): Promise<Details> {
    return await retried(() => this.#api.call(patchConversation, { params: this.#here, body: patch }));
  }

  /** Not repeated by itself: each call makes an invite. */
  async createInvite(draft: InviteDraft = {}): Promise<Invite> {
    return await this.#api.call(createInvite, { params: this.#here, body: draft });
  }

  async invites(ask: PageAsk = {}): Promise<Page<ListedInvite>> {
    const { invites, cursor } = await this.#api.call(listInvites, { params: this.#here, query: { ...ask } });
    return { items: invites, cursor };
  }

  async deleteInvite(inviteId: string): Promise<void> {
    await retriedEnd(() => this.#api.run(endInvite, { params: { ...this.#here, inviteId } }));
  }

  async chain(from: number, to: number): Promise<ChainRange> {
    return await this.#api.call(verifyChain, { params: this.#here, query: { from, to } });
  }

  get #here(): { conversationId: string } {
    return { conversationId: this.#conversationId };
  }
}
