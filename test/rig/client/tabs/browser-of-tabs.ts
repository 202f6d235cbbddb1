/** A browser with tabs of one app: they share storage, locks and channels, and each has an SDK of its own. */
import { createParley, memoryStorage, type Account, type Storage, type Wakeups } from "../../../../client/index.ts";
import { modelConversation } from "../conversation/conversation-model.ts";
import { settled, WoundClock } from "../../wound-clock.ts";
import { FakeGround, type FakeTab, type Lacks } from "./fake-ground.ts";
import { TabServer } from "./tab-server.ts";

export const password = "a long enough secret";

export class BrowserOfTabs {
  readonly clock = new WoundClock();
  readonly ground = new FakeGround();
  readonly server = new TabServer(this.clock);
  readonly storage = memoryStorage();
  /** How a tab reaches the storage. */
  storageOf: (tab: FakeTab) => Storage = () => this.storage;

  /** Opens a tab. `without`: what it lacks. */
  async open(without: Lacks = {}) {
    const tab = this.ground.tab(without);
    const listeners = new Set<() => void>();
    const restListeners = new Set<(isResting: boolean) => void>();
    const view = { isHidden: false };
    const wakeups: Wakeups = {
      isOffline: () => false,
      subscribe: (listener) => {
        listeners.add(listener);
        return () => listeners.delete(listener);
      },
      isHidden: () => view.isHidden,
      watchRest: (listener) => {
        restListeners.add(listener);
        return () => restListeners.delete(listener);
      },
    };
    const parley = createParley({
      baseUrl: "http://server",
      storage: this.storageOf(tab),
      clock: tab.clock(this.clock),
      random: () => 0.5,
      fetch: this.server.fetchOf(tab),
      WebSocket: this.server.socketsOf(tab),
      wakeups,
      common: tab.common,
    });
    await parley.ready;
    await settled();
    const account = (): Account => {
      const [first] = parley.accounts.getSnapshot();
      if (first === undefined) throw new Error("nobody is signed in");
      return first;
    };
    const conversation = () => account().conversation(modelConversation);
    const texts = () =>
      conversation()
        .timeline.getSnapshot()
        .entries.flatMap((entry) => (entry.kind === "message" ? [entry.message.text] : []));
    const status = () => account().connection.getSnapshot().status;
    const unread = () => account().inbox.getSnapshot().unread;
    const signIn = async () => {
      await parley.signIn({ handle: "ana", password });
      await settled();
    };
    /** All statuses of the connection that were ever shown. */
    const statuses: string[] = [];
    const watchStatus = () => account().connection.subscribe(() => statuses.push(status()));
    /** The browser announces that it freezes the page, and does. */
    const freeze = () => {
      restListeners.forEach((each) => each(true));
      tab.freeze();
    };
    const thaw = () => {
      tab.thaw();
      restListeners.forEach((each) => each(false));
    };
    const show = () => {
      view.isHidden = false;
      listeners.forEach((each) => each());
    };
    const hide = () => {
      view.isHidden = true;
    };
    const state = { account, conversation, texts, status, unread, statuses };
    return { tab, parley, ...state, signIn, watchStatus, freeze, thaw, show, hide };
  }

  /** So many tabs of an account; the first of them leads. */
  async signedIn(count: number): Promise<Tab[]> {
    const first = await this.open();
    await first.signIn();
    const tabs = [first];
    while (tabs.length < count) tabs.push(await this.open());
    await this.rest(1_000);
    return tabs;
  }

  /** Waits until everything that is under way has happened. */
  async rest(ms = 0): Promise<void> {
    await settled();
    await this.clock.wind(ms);
    await settled();
  }
}

export type Tab = Awaited<ReturnType<BrowserOfTabs["open"]>>;
