/** Owns how an account is linked to the server: by its own sync socket, or by the tab that leads. It passes frames to the account, and on to the other tabs. */
import type { Api } from "../session/api.ts";
import { Connection } from "../link/connection.ts";
import { pollCall } from "../link/frames.ts";
import { answerMsMax } from "../link/http.ts";
import { Inbound, type InboundParts } from "./inbound.ts";
import { batched, guarded } from "../observable.ts";
import { Presence } from "../presence/presence.ts";
import type { Session } from "../session/session.ts";
import { openingOf, type OpenAccountSocket } from "../tabs/opening.ts";
import { Tabs } from "../tabs/tabs.ts";
import type { Conversations } from "./conversations.ts";
import { Foreground } from "../presence/foreground.ts";
import type { Inbox } from "../inbox/inbox.ts";
import type { News } from "../feed/feed-position.ts";
import type { NewDevice } from "../../schema/security/new-devices.ts";
import type { Observable } from "../contract/observable.ts";
import type { Platform } from "./platform.ts";

export interface AccountLinkParts {
  readonly platform: Platform;
  readonly session: Session;
  readonly api: Api;
  readonly inbox: Inbox;
  readonly conversations: Conversations;
  readonly newDevices: Observable<readonly NewDevice[]> & InboundParts["newDevices"];
  readonly adoptStored: () => Promise<boolean>;
  /** The changes that a frame brought to a conversation, for the listeners of programs. */
  readonly onNews: (conversationId: string, news: News) => void;
  readonly onLinked: () => void;
  /** This tab writes to storage from now on, or no longer does. */
  readonly onLead: (isLeader: boolean) => void;
  /** Another tab has ended or has come; one may have left something unsent. */
  readonly onTabs: () => void;
}

export class AccountLink {
  readonly connection: Connection;
  readonly presence: Presence;
  readonly foreground: Foreground;
  readonly openSocket: OpenAccountSocket;
  readonly #tabs: Tabs;
  readonly #inbound: Inbound;
  readonly #conversations: Conversations;

  constructor(parts: AccountLinkParts) {
    const { session, api, inbox, conversations, newDevices, onNews, onLinked, onLead, onTabs, adoptStored } = parts;
    const { http, clock, random, wakeups, locks, openChannel, openSocket } = parts.platform;
    this.#conversations = conversations;
    this.connection = new Connection({
      clock,
      random,
      wakeups,
      open: async (listen) => await this.openSocket(() => ({ kind: "sync", ...inbox.cursor }), listen),
      poll: async (waitSeconds, signal) =>
        await api.call(
          pollCall,
          { query: { ...inbox.cursor, wait: waitSeconds } },
          { signal, timeoutMs: waitSeconds * 1_000 + answerMsMax },
        ),
      renew: async () => await session.renew(),
      version: () => inbox.version,
      onFrames: (frames) => {
        this.#tabs.hub?.synced(frames);
        batched(() => frames.forEach((frame) => guarded(() => this.#inbound.take(frame))));
      },
      onPong: (version) => this.#tabs.hub?.ponged(version),
      stored: async () => await inbox.flush(),
      onPolled: (answer) => {
        this.#tabs.hub?.polled(answer);
        batched(() => {
          inbox.polled(answer);
          newDevices.set(answer.newDevices ?? []);
        });
      },
      onLinked,
    });
    const connection = this.connection;
    const userId = session.body.user.id;
    const serverNow = (): number => session.now();
    this.presence = new Presence({
      ...{ userId, clock, random, serverNow, api, connection },
      onLearned: (learned) => this.#tabs.hub?.learned(learned),
    });
    this.#inbound = new Inbound({
      inbox,
      presence: this.presence,
      newDevices,
      conversations,
      onHello: (serverTime) => {
        session.noteServerTime(serverTime);
        this.foreground.hello();
      },
      onCaughtUp: () => connection.caughtUp(),
      onNews,
    });
    this.foreground = new Foreground({
      socket: () => connection.socket,
      isElsewhere: () => this.#tabs.hub?.isInFront === true,
    });
    this.#tabs = new Tabs({
      ...{ clock, locks, wakeups, openChannel, name: `${http.baseUrl} ${userId}`, adoptStored, onLead, onTabs },
      hub: {
        ...{ clock, userId, serverNow, connection, inbox, presence: this.presence },
        deviceId: () => session.body.device.id,
        newDevices: () => newDevices.getSnapshot(),
        live: (conversationId) => conversations.find(conversationId)?.door,
        onForeground: () => this.foreground.send(),
      },
      onMoved: () => this.moved(),
      onUp: () => {
        connection.linkUp();
        conversations.linkUp();
      },
    });
    this.openSocket = openingOf({ http, session, tabs: this.#tabs, openSocket });
  }

  /** Whether this tab is the one that writes. */
  get isLeader(): boolean {
    return this.#tabs.isLeader;
  }

  /** Finds out which tab leads; sockets wait for that. */
  stand(): void {
    this.#tabs.start();
  }

  close(): void {
    this.connection.close();
    this.#tabs.close();
  }

  /** The sockets of this tab go by another tab from now on, or are its own again. */
  moved(): void {
    this.connection.moved();
    this.#conversations.linkMoved();
  }

  /** A live socket brought a frame, or a pong. */
  lived(conversationId: string, news: { readonly type: string } | { readonly pong: number }): void {
    if ("pong" in news) this.#tabs.hub?.ponged(news.pong, conversationId);
    else this.#tabs.hub?.lived(conversationId, news);
  }
}
