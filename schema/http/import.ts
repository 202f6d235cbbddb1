/** The operator's door for history from elsewhere. No call of the API: it has a secret of its own, and none of the API's limits. */
import { z } from "zod";
import { conversationId } from "../ids.ts";
import { batches } from "../limits.ts";
import { bio, messageText, name } from "../text.ts";
import { handle, newPassword } from "./accounts.ts";

/** An id of the source, whatever it is made of. */
const sourceId = z.string().min(1).max(200);
const time = z.int().min(0);

const importedPerson = z.object({
  id: sourceId,
  handle,
  name: name.optional(),
  bio: bio.optional(),
  createdAt: time.optional(),
  /** Given to somebody who has none yet. */
  password: newPassword.optional(),
});

const importedMessage = z.object({
  id: sourceId,
  sender: sourceId,
  at: time,
  text: messageText,
  /** A seq that an earlier answer gave, or the id of a message of the same batch. */
  replyTo: z
    .union([z.int().min(1), sourceId])
    .nullable()
    .optional(),
});

/** `source`: the name of where it comes from. Ids are unique within it, and the same ones always become the same people, conversations and messages. */
const source = z.string().regex(/^[a-z0-9_-]{1,64}$/);

export const importBatch = z.discriminatedUnion("do", [
  z.object({ do: z.literal("people"), source, people: z.array(importedPerson).max(batches.importPeople) }),
  z.object({
    do: z.literal("conversation"),
    source,
    id: sourceId,
    kind: z.enum(["dm", "group"]),
    title: name.optional(),
    createdAt: time,
    members: z.array(sourceId).min(1).max(batches.importMembers),
  }),
  z.object({
    do: z.literal("messages"),
    source,
    conversationId,
    messages: z.array(importedMessage).max(batches.importMessages),
  }),
  z.object({ do: z.literal("open"), source, conversationId }),
]);
export type ImportBatch = z.infer<typeof importBatch>;
