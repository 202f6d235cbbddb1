/** Owns the identity of a caller of an object: a user, and one of their devices. */
import type { DeviceId, UserId } from "../../schema/ids.ts";

/** The acting user, and the device from which they act. */
export type Actor = { userId: UserId; deviceId: DeviceId };
