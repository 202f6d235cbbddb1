/** What a device sends about itself: `attend` (the app is in front), `seen` (a sign of life of a device that only reads); and the server's `drain`. */
import { z } from "zod";
import { ref } from "./ref.ts";

export const attendFrame = z.object({ type: z.literal("attend"), ref, on: z.boolean() });
export const seenFrame = z.object({ type: z.literal("seen"), ref });

export const drainFrame = z.object({ type: z.literal("drain"), afterMs: z.int() });
export type DrainFrame = z.infer<typeof drainFrame>;
