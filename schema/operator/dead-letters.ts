/** The operator's door for hints of the queues that failed for good. */
import { z } from "zod";
import { deadLetterBounds } from "../push-limits.ts";

const letterIds = z.array(z.string().min(1).max(100)).min(1).max(deadLetterBounds.lettersPageMax);

export const deadLetterCall = z.discriminatedUnion("do", [
  /** The newest first. */
  z.object({
    do: z.literal("list"),
    queue: z.string().max(100).optional(),
    cursor: z.string().max(200).optional(),
    limit: z.int().min(1).max(deadLetterBounds.lettersPageMax).default(deadLetterBounds.lettersPageDefault),
  }),
  z.object({ do: z.literal("show"), ids: letterIds }),
  /** Does what the letters ask for once more, and lets those go that could be. */
  z.object({ do: z.literal("replay"), ids: letterIds }),
  z.object({ do: z.literal("drop"), ids: letterIds }),
]);
export type DeadLetterCall = z.input<typeof deadLetterCall>;
