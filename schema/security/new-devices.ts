/** Owns the notice of new devices: which devices were signed in since this one, and are not known to the user yet. */
import { z } from "zod";
import { deviceId } from "../ids.ts";

export const newDevice = z.object({ id: deviceId, name: z.string(), platform: z.string(), createdAt: z.int() });
export type NewDevice = z.infer<typeof newDevice>;

/** All new devices of this moment, on the sync sockets of each device that is to show some or has shown some; `hello` carries them where there are any. */
export const devicesFrame = z.object({ type: z.literal("devices"), newDevices: z.array(newDevice) });
export type DevicesFrame = z.infer<typeof devicesFrame>;
