/** Owns one signed-in account: composes session, link, inbox, outbox and conversations, and passes each frame to the part that it belongs to. */
import { signIn, type Session as SessionBody } from "../../schema/http/account/accounts.ts";
import { patchSummary } from "../../schema/http/conversation/conversations.ts";
import type { Me, MePatch, Settings } from "../../schema/http/account/me.ts";
import { listChanges, listMessages } from "../../schema/http/conversation/messages.ts";
import type { ConversationId } from "../../schema/ids.ts";
import type { Conversation as ConversationDetails } from "../../schema/wire/conversation.ts";
import type { Summary } from "../../schema/wire/inbox.ts";
import type { User } from "../../schema/wire/user.ts";
import { AccountLink } from "./account-link.ts";
import { AccountAsks } from "./account-asks.ts";
import { AccountCalls } from "./account-calls.ts";
import { AccountStorage } from "../storage/account-storage.ts";
import { Api } from "../session/api.ts";
import type { Connection } from "../link/connection.ts";
import type { Account as PublicAccount } from "../contract/account.ts";
import type { CallOptions } from "../contract/page.ts";
import { Conversation } from "../conversation/conversation.ts";
import { linkOf } from "../conversation/conversation-host.ts";
import { Conversations } from "./conversations.ts";
import { ParleyError } from "../errors.ts";
import { Inbox } from "../inbox/inbox.ts";
import { keys } from "../storage/keys.ts";
import { signInBody } from "../session/known-accounts.ts";
import { MessageFeed } from "../feed/message-feed.ts";
import type { Observable } from "../contract/observable.ts";
import { type State, sumOf } from "../observable.ts";
import { OwnProfile } from "../session/own-profile.ts";
import type { Platform } from "./platform.ts";
import { Prefetch } from "./prefetch.ts";
import { OnlineWaits } from "./online-waits.ts";
import { PushCalls } from "../session/push-calls.ts";
import type { Presence } from "../presence/presence.ts";
import type { SecondFactor } from "../contract/security.ts";
import { SecurityCalls } from "../security/security.ts";
import { readSession, Session } from "../session/session.ts";
import { withActs } from "../sync/deleting.ts";
import { TypingUsers } from "./typing-users.ts";
import { Unsent } from "../outbox/unsent.ts";
import { Addresses } from "../uploads/addresses.ts";
import { laterDoor } from "../uploads/uploads.ts";

/** Messages in one page of the message feed. */
const feedPageSize = 50;

export class Account extends AccountAsks implements PublicAccount {
  protected readonly platform: Platform;
  readonly #storage: AccountStorage;
  readonly #session: Session;
  readonly #api: Api;
  protected readonly calls: AccountCalls;
  readonly #unsent: Unsent;
  readonly #prefetch: Prefetch;
  readonly #conversations: Conversations;
  protected readonly feed: MessageFeed;
  readonly #onlineWaits: OnlineWaits;
  readonly #onSignedOut: (account: Account) => void;
  #forgotten: Promise<void> | undefined;
  readonly inbox: Inbox;
  readonly connection: Connection;
  readonly presence: Presence;
  readonly push: PushCalls;
  readonly security: SecurityCalls;
  readonly attachments: Addresses;
  readonly typing = new TypingUsers();
  readonly unanswered: Observable<number>;
  readonly #profile: OwnProfile;
  readonly #link: AccountLink;
  #stopWatching: () => void = () => undefined;

  constructor(body: SessionBody, addedAt: number, platform: Platform, onSignedOut: (account: Account) => void) {
    super();
    const { clock, locks, http, random } = platform;
    const storage = new AccountStorage(platform.storage);
    this.#storage = storage;
    const userId = body.user.id;
    const isWriter = () => this.#link.isLeader;
    this.platform = platform;
    this.#onSignedOut = onSignedOut;
    this.#session = new Session(body, addedAt, { http, storage, clock, locks });
    this.#api = new Api(http, this.#session, () => this.connection.answered());
    this.calls = new AccountCalls(this.#api);
    this.push = new PushCalls(this.#api);
    this.security = new SecurityCalls(this.#api);
    const serverNow = (): number => this.#session.now();
    this.attachments = new Addresses({ clock, serverNow, ask: async (asks) => await this.calls.addresses(asks) });
    const onChanged = () => platform.signs.post({ changed: userId });
    this.#profile = new OwnProfile(body.user, { storage, clock, calls: this.calls, onChanged });
    this.#conversations = new Conversations((id) => this.#makeConversation(id));
    this.inbox = new Inbox({
      storage,
      clock,
      userId,
      isWriter,
      random,
      locks,
      serverNow,
      send: async (conversationId, patch) =>
        await this.#api.call(patchSummary, { params: { conversationId }, body: patch }),
      onRows: (rows, isNews) => this.#rowsChanged(rows, isNews),
      onShown: () => this.#conversations.rowsTouched(),
      meant: (row) => withActs(row, this.#unsent.acts.of(row.conversationId)),
    });
    this.#unsent = new Unsent({
      ...{ storage, clock, random, locks, userId },
      conversation: (conversationId) => this.conversation(conversationId),
      known: (conversationId) => this.#conversations.known(conversationId),
      isLinked: () => this.connection.isLinked,
      onRows: () => this.inbox.touch(),
      uploadDoor: (conversationId) => laterDoor(this.#api, conversationId),
    });
    this.unanswered = sumOf([this.#unsent.acts.waiting, this.inbox.patches.waiting]);
    this.#prefetch = new Prefetch((conversationId) => this.conversation(conversationId).prefetch());
    this.feed = new MessageFeed({
      storage,
      clock,
      random,
      userId,
      isWriter,
      isLinked: () => this.connection.isLinked,
      isLive: () => this.connection.getSnapshot().status === "online",
      rows: () => this.inbox.rows(),
      page: async (conversationId, after) =>
        await this.#api.call(listMessages, { params: { conversationId }, query: { after, limit: feedPageSize } }),
      changes: async (conversationId, rev) =>
        await this.#api.call(listChanges, { params: { conversationId }, query: { rev, messages: "mutated" } }),
    });
    this.#link = new AccountLink({
      ...{ platform, session: this.#session, api: this.#api, inbox: this.inbox, conversations: this.#conversations },
      newDevices: this.security.newDevices,
      adoptStored: async () => await this.adoptStored(),
      onNews: (conversationId, news) => this.feed.news(conversationId, news),
      onLinked: () => this.#linked(),
      onLead: (isLeader) => this.#led(isLeader),
      onTabs: () => this.#adoptUnsent(),
    });
    this.connection = this.#link.connection;
    this.presence = this.#link.presence;
    this.#onlineWaits = new OnlineWaits(this.connection);
    this.connection.subscribe(() => {
      platform.log({ event: this.connection.getSnapshot().status, userId });
      this.#conversations.linkChanged(false);
    });
    this.#session.state.subscribe(() => {
      if (this.#session.state.getSnapshot() === "reauth") this.#signedOut();
    });
  }

  override get userId(): string {
    return this.#session.body.user.id;
  }
  get deviceId(): string {
    return this.#session.body.device.id;
  }
  get user(): State<User> {
    return this.#profile.user;
  }
  get settings(): Observable<Settings | undefined> {
    return this.#profile.settings;
  }
  get unsent(): Unsent["count"] {
    return this.#unsent.count;
  }

  /** Applies what storage has, then connects. */
  async start(): Promise<void> {
    this.#link.stand();
    // What the user did in an earlier run is known before the account is shown.
    const known = [this.#unsent.acts.adopt(), this.inbox.restore(), this.#profile.restore(), this.feed.restore()];
    await Promise.all(known.map((each) => each.catch(() => undefined)));
    this.connection.start();
  }

  /** Uses the session that a new sign-in made. */
  async adopt(body: SessionBody): Promise<void> {
    const before = this.deviceId;
    await this.#session.adopt(body);
    this.platform.signs.post({ signedIn: body.user.id });
    this.#adopted(before);
  }

  /** If another tab has signed in anew, this account uses that session, too. Answers whether it does. */
  async adoptStored(): Promise<boolean> {
    const before = this.deviceId;
    const isNewer = await this.#session.adoptStored();
    if (isNewer) this.#adopted(before);
    return isNewer;
  }

  /** Ends timers and sockets; nothing is forgotten. */
  close(): void {
    this.#link.close();
    this.#onlineWaits.close();
    this.presence.close();
    this.#prefetch.close();
    this.feed.close();
    this.#unsent.close();
    this.inbox.patches.close();
    this.#conversations.close();
    this.inbox.close();
    this.#stopWatching();
  }

  override conversation(conversationId: string): Conversation {
    return this.#conversations.get(conversationId);
  }

  readonly me = (options?: CallOptions): Promise<Me> => this.#profile.me(options);
  readonly patchMe = (patch: MePatch): Promise<Me> => this.#profile.patchMe(patch);
  readonly setAvatar = (file: Blob | null): Promise<Me> => this.#profile.setAvatar(file);
  async whenOnline(options: CallOptions = {}): Promise<void> {
    await this.#onlineWaits.wait(options);
  }
  setForeground(isInFront: boolean): void {
    this.#link.foreground.set(isInFront);
    // Another device may have changed the settings meanwhile, and the server tells nobody.
    if (isInFront && this.connection.isLinked) this.#profile.lookIfOld();
  }
  /** Another tab has changed the profile or the settings. */
  readonly lookAgain = (): void => this.#profile.lookAgain();

  async reauthenticate(password: string, second: SecondFactor = {}): Promise<void> {
    const { handle, id } = this.user.getSnapshot();
    const { http, storage, device } = this.platform;
    const body = await http.call(signIn, {
      body: await signInBody(storage, { handle: handle ?? "", password, device, ...second }),
    });
    // Another user may have this handle by now.
    if (body.user.id !== id)
      throw new ParleyError({ code: "unauthenticated", detail: "that handle is another user's now", retry: "never" });
    await this.adopt(body);
  }

  async erase(password: string, second?: SecondFactor): Promise<void> {
    await this.calls.erase(password, second);
    await this.signOut();
  }

  async signOut(): Promise<void> {
    const { signs, revocations } = this.platform;
    // At once, not when the server has answered: the page may end before that. Another tab may have refreshed: the stored tokens are the latest.
    const forgotten = this.#forget((stored) => revocations.add(readSession(stored)?.body ?? this.#session.body));
    signs.post({ signedOut: this.userId, deviceId: this.deviceId });
    await forgotten;
    await revocations.send();
  }

  /**
   * Ends it on this device after it was signed out elsewhere. A session of another device in storage is a later sign-in, which another tab announces:
   * it stays.
   */
  async forget(): Promise<void> {
    // As it is now: a call under way may still adopt the later session.
    const ended = this.deviceId;
    await this.#forget((stored) => {
      const device = readSession(stored)?.body.device.id;
      return device === undefined || device === ended ? [] : undefined;
    });
  }

  /** Runs once: a second run would delete what a later sign-in has stored. */
  #forget(decide: Parameters<AccountStorage["forget"]>[1]): Promise<void> {
    this.#forgotten ??= (async () => {
      const forgotten = this.#storage.forget(this.userId, decide);
      this.close();
      await forgotten;
      this.#onSignedOut(this);
    })();
    return this.#forgotten;
  }

  /** A session of another device has sockets of its own. */
  #adopted(deviceBefore: string): void {
    this.user.set(this.#session.body.user);
    this.connection.start();
    if (deviceBefore !== this.deviceId) this.#link.moved();
  }

  #led(isLeader: boolean): void {
    this.#stopWatching();
    if (!isLeader) return;
    void this.inbox.flush();
    this.#conversations.store();
    this.#adoptUnsent();
    this.#stopWatching = this.platform.locks.watchEnds(() => this.#adoptUnsent());
  }

  #rowsChanged(rows: readonly Summary[], isNews: boolean): void {
    for (const row of rows) {
      this.#conversations.known(row.conversationId)?.rowChanged(row);
      // Message frames bring what is new by themselves; rows alone come while catching up and while polling.
      const isOnline = this.connection.getSnapshot().status === "online";
      if (row.unread > 0 && !row.left && !isOnline && row.mode === "small") this.#prefetch.ask(row.conversationId);
    }
    this.feed.rows(rows, isNews);
  }

  /** Signed out from elsewhere, or in another tab, which has then forgotten the account. */
  #signedOut(): void {
    this.connection.signedOut();
    this.platform.storage.get(keys.session(this.userId)).then(
      (stored) => {
        if (stored === undefined) void this.forget();
      },
      () => undefined,
    );
  }

  #linked(): void {
    this.#conversations.linkChanged(true);
    this.#unsent.wake();
    this.inbox.patches.wake();
    this.#prefetch.resume();
    this.feed.resume();
    if (this.#link.isLeader) this.#adoptUnsent();
    this.#profile.lookAgain();
  }

  /** Sends what earlier runs, and tabs that are gone, left unsent. */
  #adoptUnsent(): void {
    void this.#unsent.adopt();
    this.#unsent.acts.adopt().catch(() => undefined);
    this.inbox.patches.adopt().catch(() => undefined);
  }

  #makeConversation(id: ConversationId): Conversation {
    const { clock, random } = this.platform;
    const parts = { id, userId: this.#session.body.user.id, api: this.#api, clock, random, storage: this.#storage };
    const { inbox, connection } = this;
    const made = new Conversation({
      ...{ ...parts, inbox, ...this.#unsent.of(id), ...linkOf(connection) },
      serverNow: () => this.#session.now(),
      isWriter: () => this.#link.isLeader,
      openLive: async (at, listen) =>
        await this.#link.openSocket(() => ({ kind: "live", conversationId: id, ...at }), listen),
      onLive: (news) => this.#link.lived(id, news),
      renew: async () => await this.#session.renew(),
      onArrived: (messages) => this.feed.arrived(id, messages),
    });
    return this.typing.following(made);
  }

  protected opened(details: ConversationDetails): Conversation {
    const conversation = this.conversation(details.id);
    conversation.takeDetails(details);
    return conversation;
  }
}
