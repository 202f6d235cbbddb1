/** Owns `ref`: the client's name for a frame, echoed in its answer. */
import { z } from "zod";
import { limits } from "../limits.ts";

export const ref = z.string().max(limits.refCharactersMax).optional();

/** `ok`, with the answer's fields flat beside the `ref`. */
export const okFrame = z.looseObject({ type: z.literal("ok"), ref: z.string().optional() });
