import { type Account, memoryStorage, type Observable, type Push, type PushAddress } from "parley-sdk";
import { expect, test } from "vitest";
import { DeviceNotifications, type DeviceParts } from "../../../web/notifications/device.ts";
import { PushStore } from "../../../web/pushes/push-store.ts";

interface FakeAccount {
  readonly userId: string;
  readonly deviceId: string;
  readonly push: Push;
  readonly told: (PushAddress | "off")[];
}

/** A browser and a server that the test sets. */
class Rig {
  permission: ReturnType<DeviceParts["permission"]> = "default";
  answer: NotificationPermission = "granted";
  key: string | null = "AQID";
  now = 1_800_000_000_000;
  isServerThere = true;
  hasPushService = true;
  subscription: { endpoint: string; key: string } | null = null;
  asked = 0;
  made = 0;
  readonly store = new PushStore(memoryStorage());
  accounts: readonly FakeAccount[] = [];
  readonly closed: string[] = [];

  account(userId: string, deviceId = `d-${userId}`): FakeAccount {
    const told: FakeAccount["told"] = [];
    const call = (what: PushAddress | "off") => {
      if (!this.isServerThere) return Promise.reject(new Error("no network"));
      told.push(what);
      return Promise.resolve();
    };
    const push: Push = {
      serverKey: () => (this.isServerThere ? Promise.resolve(this.key) : Promise.reject(new Error("no network"))),
      subscribe: (address) => call(address),
      unsubscribe: () => call("off"),
    };
    return { userId, deviceId, push, told };
  }

  get manager(): PushManager {
    const present = () => {
      const { subscription } = this;
      if (subscription === null) return null;
      const { endpoint, key } = subscription;
      return {
        ...{ endpoint, options: { applicationServerKey: Uint8Array.from(Buffer.from(key, "base64url")).buffer } },
        toJSON: () => ({ endpoint, keys: { p256dh: "p", auth: "a" } }),
        unsubscribe: () => {
          this.subscription = null;
          return Promise.resolve(true);
        },
      };
    };
    return {
      getSubscription: () => Promise.resolve(present()),
      subscribe: ({ applicationServerKey: key }: { applicationServerKey: string }) => {
        if (!this.hasPushService) return Promise.reject(new Error("push service error"));
        if (this.subscription !== null && this.subscription.key !== key)
          return Promise.reject(new Error("another key"));
        this.subscription = { endpoint: `https://push.example/${++this.made}`, key };
        return Promise.resolve(present());
      },
    } as unknown as PushManager;
  }

  device(): DeviceNotifications {
    const notification = (userId: string) => ({ data: { userId }, close: () => this.closed.push(userId) });
    return new DeviceNotifications({
      store: this.store,
      now: () => this.now,
      accounts: {
        getSnapshot: () => this.accounts,
        subscribe: () => () => undefined,
      } as unknown as Observable<readonly Account[]>,
      registration: () =>
        Promise.resolve({
          pushManager: this.manager,
          getNotifications: () => Promise.resolve([notification("u1"), notification("u2")]),
        } as unknown as ServiceWorkerRegistration),
      permission: () => this.permission,
      ask: () => {
        this.asked++;
        this.permission = this.answer;
        return Promise.resolve();
      },
      exclusively: async (task) => await task(),
    });
  }
}

test("[W42] nothing is asked of the user or the browser before the user turns notifications on", async () => {
  const rig = new Rig();
  rig.accounts = [rig.account("u1"), rig.account("u2")];
  const device = rig.device();
  await device.look();
  expect([rig.asked, rig.made, device.getSnapshot().hindrance, device.getSnapshot().mustAsk]).toEqual([
    0,
    0,
    null,
    true,
  ]);
  await device.turnOn(["u1", "u2"]);
  expect([rig.asked, rig.made]).toEqual([1, 1]);
  // One endpoint serves both.
  expect(rig.accounts.map(({ told }) => told)).toEqual([
    [{ endpoint: "https://push.example/1", keys: { p256dh: "p", auth: "a" }, vapidPublicKey: "AQID" }],
    [{ endpoint: "https://push.example/1", keys: { p256dh: "p", auth: "a" }, vapidPublicKey: "AQID" }],
  ]);
  expect([...device.getSnapshot().choices]).toEqual([
    ["u1", "on"],
    ["u2", "on"],
  ]);
});

test.each(["denied", "default"] as const)("[W42] after the answer %s nothing is turned on", async (answer) => {
  const rig = new Rig();
  rig.answer = answer;
  rig.accounts = [rig.account("u1")];
  const device = rig.device();
  await device.turnOn(["u1"]);
  expect([rig.made, device.getSnapshot().choices.size]).toEqual([0, 0]);
  expect(device.getSnapshot().hindrance).toBe(answer === "denied" ? "denied" : null);
});

test.each(["unsupported", "needs-home-screen"] as const)(
  "[W42] a browser that is %s is shown to be so",
  async (state) => {
    const rig = new Rig();
    rig.permission = state;
    rig.accounts = [rig.account("u1")];
    const device = rig.device();
    await device.look();
    expect(device.getSnapshot()).toMatchObject({ isLoaded: true, hindrance: state });
  },
);

test("[W43] a key of the server's that has changed, and a subscription that the browser has dropped, are made up for", async () => {
  const rig = new Rig();
  rig.permission = "granted";
  rig.accounts = [rig.account("u1")];
  const device = rig.device();
  await device.turnOn(["u1"]);
  await device.look();
  expect(rig.made).toBe(1);
  rig.key = "BAUG";
  await device.look();
  expect([rig.made, rig.subscription?.key]).toEqual([2, "BAUG"]);
  rig.subscription = null;
  await device.look();
  expect(rig.made).toBe(3);
  // Each new endpoint was told once, and the server is told again after a day.
  expect(rig.accounts[0]?.told.length).toBe(3);
  rig.now += 86_400_001;
  await device.look();
  expect(rig.accounts[0]?.told.length).toBe(4);
  // After a sign-in anew the account is another device.
  rig.accounts = [rig.account("u1", "another device")];
  await device.look();
  expect(rig.accounts[0]?.told.length).toBe(1);
});

test("[W43] an account that signs out leaves the subscription to the others; the last one ends it", async () => {
  const rig = new Rig();
  rig.permission = "granted";
  const [first, second] = [rig.account("u1"), rig.account("u2")];
  rig.accounts = [first, second];
  const device = rig.device();
  await device.turnOn(["u1", "u2"]);
  await rig.store.keepWords({ reply: "Reply" });
  rig.accounts = [second];
  await device.forget("u1");
  expect(await rig.store.words()).toEqual({ reply: "Reply" });
  expect([rig.subscription === null, rig.closed]).toEqual([false, ["u1"]]);
  rig.accounts = [];
  await device.forget("u2");
  expect([rig.subscription, (await rig.store.choices()).size, await rig.store.words()]).toEqual([null, 0, {}]);
});

test("[W43] turned off for one account it stays on for the other, and the server learns of it, if need be later", async () => {
  const rig = new Rig();
  rig.permission = "granted";
  const [first, second] = [rig.account("u1"), rig.account("u2")];
  rig.accounts = [first, second];
  const device = rig.device();
  await device.turnOn(["u1", "u2"]);
  rig.isServerThere = false;
  await device.turnOff("u1");
  expect(device.getSnapshot().choices.get("u1")).toBe("off");
  expect(first.told.at(-1)).not.toBe("off");
  rig.isServerThere = true;
  await device.look();
  await device.look();
  expect(first.told.filter((each) => each === "off").length).toBe(1);
  expect([second.told.includes("off"), rig.subscription === null]).toEqual([false, false]);
  await device.turnOff("u2");
  expect(rig.subscription).toBeNull();
  // And on again.
  await device.turnOn(["u1"]);
  expect(first.told.at(-1)).toMatchObject({ endpoint: "https://push.example/2" });
});

test("[W43] an account that is added has notifications if another one has them, and none if it was turned off", async () => {
  const rig = new Rig();
  rig.permission = "granted";
  rig.accounts = [rig.account("u1")];
  const device = rig.device();
  await device.look();
  expect(rig.made).toBe(0);
  await device.turnOn(["u1"]);
  rig.accounts = [...rig.accounts, rig.account("u2")];
  await device.look();
  expect(rig.accounts[1]?.told.length).toBe(1);
  await device.turnOff("u2");
  await device.look();
  expect(device.getSnapshot().choices.get("u2")).toBe("off");
});

test("[W42] a server without pushes and a push service that is away are shown as different hindrances", async () => {
  const rig = new Rig();
  rig.permission = "granted";
  rig.key = null;
  rig.accounts = [rig.account("u1")];
  const device = rig.device();
  await device.turnOn(["u1"]);
  expect(device.getSnapshot().hindrance).toBe("no-server");
  rig.key = "AQID";
  rig.hasPushService = false;
  await device.look();
  expect(device.getSnapshot().hindrance).toBe("failed");
  rig.hasPushService = true;
  await device.look();
  expect(device.getSnapshot().hindrance).toBeNull();
});
