/** Owns who acts on an object: a user, from one of their devices. */
import type { DeviceId, UserId } from "../../schema/ids.ts";

/** Who acts, and from which device. */
export type Actor = { userId: UserId; deviceId: DeviceId };
