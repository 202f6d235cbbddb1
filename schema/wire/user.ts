/** Owns the public profile of a user, as it stands in every answer. */
import { z } from "zod";
import { userId } from "../ids.ts";

/** `handle` is null and `deleted` true once the person has erased the account. */
export const user = z.object({
  id: userId,
  handle: z.string().nullable(),
  name: z.string(),
  bio: z.string(),
  avatarUrl: z.string().nullable(),
  deleted: z.literal(true).optional(),
});
export type User = z.infer<typeof user>;
