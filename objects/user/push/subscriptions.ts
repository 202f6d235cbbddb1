/**
 * Owns where the devices of this user receive pushes: a row a device, in memory too. A subscription ends with its device. An address belongs to one device of
 * the user, because a browser that signs in anew is another device and has the same address.
 */
import type { DeviceId } from "../../../schema/ids.ts";
import type { PushAddress, PushTarget } from "../../contract/push.ts";
import { addressOf } from "../../shared/push-address.ts";
import type { Reader } from "../../shared/platform/database.ts";
import type { UserDatabase, UserTransactor } from "../effects.ts";

/** Of a native app. */
const noKeys = { p256dh: "", auth: "", keyId: "" };

type Columns = { device_id: DeviceId; via: string; address: string; p256dh: string; auth: string; key_id: string };

export class Subscriptions {
  readonly #db: UserDatabase;
  #targets: readonly PushTarget[];

  constructor(db: UserDatabase) {
    this.#db = db;
    this.#targets = read(db);
    db.onRollback(() => this.reload());
  }

  /** Whether any device subscribes. Where none does, messages cost nothing more than this question. */
  get isAny(): boolean {
    return this.#targets.length > 0;
  }

  get targets(): readonly PushTarget[] {
    return this.#targets;
  }

  of(device: DeviceId): PushTarget | undefined {
    return this.#targets.find(({ deviceId }) => deviceId === device);
  }

  /** Replaces the device's subscription, and takes the address from any other device of the user. */
  put(tx: UserTransactor, device: DeviceId, address: PushAddress): void {
    const where = addressOf(address);
    const { p256dh, auth, keyId } = address.via === "web" ? address : noKeys;
    tx.run("DELETE FROM push_subscriptions WHERE address = ? AND device_id <> ?", where, device);
    tx.run(
      "INSERT OR REPLACE INTO push_subscriptions (device_id, via, address, p256dh, auth, key_id) VALUES (?, ?, ?, ?, ?, ?)",
      device,
      address.via,
      where,
      p256dh,
      auth,
      keyId,
    );
    this.#targets = read(tx);
  }

  /** Answers whether there was one. */
  end(tx: UserTransactor, device: DeviceId): boolean {
    if (this.of(device) === undefined) return false;
    tx.run("DELETE FROM push_subscriptions WHERE device_id = ?", device);
    this.#targets = read(tx);
    return true;
  }

  reload(): void {
    this.#targets = read(this.#db);
  }
}

function read(db: Reader): PushTarget[] {
  return db.all<Columns>("SELECT * FROM push_subscriptions ORDER BY device_id").map(targetOf);
}

function targetOf({ device_id, via, address, p256dh, auth, key_id }: Columns): PushTarget {
  if (via === "fcm") return { deviceId: device_id, via, token: address };
  return { deviceId: device_id, via: "web", endpoint: address, p256dh, auth, keyId: key_id };
}

/** Whether two addresses are the same, keys included. */
export function isSameAddress(a: PushAddress, b: PushAddress): boolean {
  if (a.via === "fcm" || b.via === "fcm") return a.via === b.via && addressOf(a) === addressOf(b);
  return a.endpoint === b.endpoint && a.p256dh === b.p256dh && a.auth === b.auth && a.keyId === b.keyId;
}
