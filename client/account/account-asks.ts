/** Owns the part of an account's interface that needs no state of its own: plain calls, and the listeners of programs. */
import type { Device } from "../../schema/http/account/accounts.ts";
import type { InvitePreview } from "../../schema/http/conversation/conversations.ts";
import type { LinkPreview } from "../../schema/http/link-previews.ts";
import type { Block, Contact } from "../../schema/http/users.ts";
import type { Conversation as ConversationDetails } from "../../schema/wire/conversation.ts";
import type { User } from "../../schema/wire/user.ts";
import type { GroupAsk } from "../contract/account.ts";
import type { ConversationHandle } from "../contract/conversation/conversation.ts";
import type { ConversationEvent, IncomingMessage, ListenOptions } from "../contract/events.ts";
import { guarded } from "../observable.ts";
import type { AccountCalls } from "./account-calls.ts";
import type { FeedItem } from "../feed/feed-position.ts";
import type { MessageFeed } from "../feed/message-feed.ts";
import type { Platform } from "./platform.ts";
import type { CallOptions, Page, PageAsk } from "../contract/page.ts";
import type { SecondFactor } from "../contract/security.ts";
import type { Mention, SearchAsk, SearchHit, SearchPage, Starred } from "../contract/search.ts";

export abstract class AccountAsks {
  protected abstract readonly calls: AccountCalls;
  protected abstract readonly feed: MessageFeed;
  protected abstract readonly platform: Platform;
  abstract get userId(): string;
  abstract conversation(conversationId: string): ConversationHandle;
  /** The conversation that a call answered. */
  protected abstract opened(details: ConversationDetails): ConversationHandle;

  readonly openDm = async (userId: string): Promise<ConversationHandle> => this.opened(await this.calls.openDm(userId));
  readonly createGroup = async (group: GroupAsk): Promise<ConversationHandle> =>
    this.opened(await this.calls.createGroup(group));
  readonly acceptInvite = async (code: string): Promise<ConversationHandle> =>
    this.opened(await this.calls.acceptInvite(code));

  readonly previewInvite = (code: string, options?: CallOptions): Promise<InvitePreview> =>
    this.calls.previewInvite(code, options);
  readonly deleteInvite = (code: string): Promise<void> => this.calls.deleteInvite(code);
  readonly changePassword = (current: string, next: string, second?: SecondFactor): Promise<void> =>
    this.calls.changePassword(current, next, second);
  readonly export = (options?: CallOptions): Promise<Response> => this.calls.export(options);
  readonly devices = (options?: CallOptions): Promise<readonly Device[]> => this.calls.devices(options);
  readonly signOutDevice = (deviceId: string): Promise<void> => this.calls.signOutDevice(deviceId);
  readonly getUser = (userId: string, options?: CallOptions): Promise<User> => this.calls.getUser(userId, options);
  readonly getUserByHandle = (handle: string, options?: CallOptions): Promise<User> =>
    this.calls.getUserByHandle(handle, options);
  readonly findUsers = (query: string, ask?: PageAsk): Promise<Page<User>> => this.calls.findUsers(query, ask);
  readonly search = (
    query: string,
    ask?: SearchAsk & { readonly conversationId?: string },
  ): Promise<SearchPage<SearchHit>> => this.calls.search(query, ask);
  readonly mentions = (ask?: PageAsk): Promise<SearchPage<Mention>> => this.calls.mentions(ask);
  readonly linkPreview = (url: string, options?: CallOptions): Promise<LinkPreview | null> =>
    this.calls.linkPreview(url, options);
  readonly stars = (ask?: PageAsk): Promise<SearchPage<Starred>> => this.calls.stars(ask);
  readonly contacts = (ask?: PageAsk): Promise<Page<Contact>> => this.calls.contacts(ask);
  readonly addContact = (userId: string): Promise<Contact> => this.calls.addContact(userId);
  readonly removeContact = (userId: string): Promise<void> => this.calls.removeContact(userId);
  readonly blocks = (ask?: PageAsk): Promise<Page<Block>> => this.calls.blocks(ask);
  readonly block = (userId: string): Promise<Block> => this.calls.block(userId);
  readonly report: AccountCalls["report"] = (about, reason, more) => this.calls.report(about, reason, more);
  readonly unblock = (userId: string): Promise<void> => this.calls.unblock(userId);

  onMessage(listener: (event: IncomingMessage) => unknown, options?: ListenOptions): () => void {
    return this.#listen(false, (event) => (event.kind === "message" ? listener(event) : undefined), options);
  }
  onEvent(listener: (event: ConversationEvent) => unknown, options?: ListenOptions): () => void {
    return this.#listen(true, listener, options);
  }
  #listen(
    wantsChanges: boolean,
    listener: (event: ConversationEvent) => unknown,
    { onError = this.platform.onError, signal }: ListenOptions = {},
  ): () => void {
    if (signal?.aborted === true) return () => undefined;
    const deliver = async (conversationId: string, item: FeedItem) => {
      const conversation = this.conversation(conversationId);
      const isOwn = item.kind !== "notice" && item.message.senderId === this.userId;
      try {
        await listener(item.kind === "notice" ? { ...item, conversation } : { ...item, conversation, isOwn });
      } catch (error) {
        this.platform.log({ event: "listener-failed", userId: this.userId, conversationId });
        guarded(() => onError(error));
      }
    };
    const stop = this.feed.listen({ wantsChanges, deliver });
    signal?.addEventListener("abort", stop, { once: true });
    return stop;
  }
}
