/**
 * Owns what an operator imports: the lines of a file, and the bodies of the calls that bring them to a server. docs/import.md says it for people. The door is no call of
 * the API: it has a secret of its own, and none of the API's rates.
 */
import { z } from "zod";
import { emoji } from "../emoji.ts";
import { conversationId } from "../ids.ts";
import { batches, limits } from "../limits.ts";
import { bio, messageText, name, title } from "../text.ts";
import { handle, newPassword } from "../http/account/accounts.ts";

/** An id of the source. It is hashed and never stored. */
const sourceId = z
  .string()
  .regex(
    new RegExp(`^[^\\p{Cc}\\p{Cs}]{1,${batches.importIdCodePoints}}$`, "u"),
    `must be 1 to ${batches.importIdCodePoints} characters, no control characters among them`,
  );
/** Milliseconds, from 1970 to the year 9999. */
const time = z.int().min(0).max(253_402_300_799_999);

/** The name of where it comes from. Ids are unique within it, and the same ones always become the same people, conversations and messages. */
export const importSource = z.string().regex(/^[a-z0-9_-]{1,64}$/, "must be 1 to 64 of a-z 0-9 _ -");

const person = z.strictObject({
  id: sourceId,
  handle,
  name: name.optional(),
  bio: bio.optional(),
  createdAt: time.optional(),
  /** Given to somebody who has none yet. */
  password: newPassword.optional(),
});

const members = z.array(sourceId).min(1).max(batches.importMembers);
const group = z.strictObject({ kind: z.literal("group"), id: sourceId, title, createdAt: time, members });
const dm = z.strictObject({ kind: z.literal("dm"), id: sourceId, createdAt: time, members: members.max(2) });

/** Reactions are those that are left at the end. */
const reactions = z
  .array(z.strictObject({ emoji, by: z.array(sourceId).min(1).max(batches.importReactors) }))
  .max(limits.reactionsPerMessageMax);

const said = {
  id: sourceId,
  sender: sourceId,
  at: time,
  /** The text as it is now; none of a message that was unsent. */
  text: messageText.optional(),
  editedAt: time.optional(),
  unsentAt: time.optional(),
  mentions: z.array(sourceId).max(limits.mentionsPerMessageMax).optional(),
  reactions: reactions.optional(),
};

type Said = z.infer<z.ZodObject<typeof said>>;

/** What the shapes alone do not say. */
function judgeSaid(
  { at, text, editedAt, unsentAt, mentions, reactions }: Said,
  fault: (field: string, why: string) => void,
): void {
  if (text === undefined && unsentAt === undefined) fault("text", "is missing, and there is no unsentAt");
  if (unsentAt !== undefined) {
    if (text !== undefined || editedAt !== undefined) fault("unsentAt", "a message that was unsent has no text");
    if (mentions !== undefined || reactions !== undefined)
      fault("unsentAt", "a message that was unsent has no mentions and no reactions");
  }
  if (editedAt !== undefined && editedAt < at) fault("editedAt", "is before the message");
  if (unsentAt !== undefined && unsentAt < at) fault("unsentAt", "is before the message");
}

function messageWith<More extends z.ZodRawShape>(more: More) {
  return z.strictObject({ type: z.literal("message"), ...said, ...more }).check((context) => {
    const fault = (field: string, message: string): void =>
      void context.issues.push({ code: "custom", path: [field], message, input: context.value });
    judgeSaid(context.value as Said, fault);
  });
}

const joined = z.strictObject({ type: z.literal("join"), person: sourceId, at: time });
const left = z.strictObject({ type: z.literal("leave"), person: sourceId, at: time });

/** The lines of a file, by their type. */
export const importLines = {
  person: person.extend({ type: z.literal("person") }),
  conversation: z.discriminatedUnion("kind", [
    group.extend({ type: z.literal("conversation") }),
    dm.extend({ type: z.literal("conversation") }),
  ]),
  /** `replyTo`: the id of a message of the same conversation that stands above. */
  message: messageWith({ conversation: sourceId, replyTo: sourceId.optional() }),
  join: joined.extend({ conversation: sourceId }),
  leave: left.extend({ conversation: sourceId }),
};
/** The fields that a line of each type may have. */
export const importFields: Record<keyof typeof importLines, readonly string[]> = {
  person: ["type", ...Object.keys(person.shape)],
  conversation: ["type", ...Object.keys(group.shape)],
  message: ["type", "conversation", "replyTo", ...Object.keys(said)],
  join: ["type", "conversation", "person", "at"],
  leave: ["type", "conversation", "person", "at"],
};
export type ImportLines = { [Type in keyof typeof importLines]: z.output<(typeof importLines)[Type]> };
export type ImportLine = ImportLines[keyof ImportLines];

/** What happened in a conversation, in order. A reply names its message with the sender, by whom the server finds it. */
const happened = z.discriminatedUnion("type", [
  messageWith({ replyTo: z.object({ id: sourceId, sender: sourceId }).optional() }),
  joined,
  left,
]);

const source = importSource;
export const importBatch = z.discriminatedUnion("do", [
  z.object({ do: z.literal("people"), source, people: z.array(person).max(batches.importPeople) }),
  z.object({ do: z.literal("conversation"), source, conversation: z.discriminatedUnion("kind", [group, dm]) }),
  z.object({
    do: z.literal("history"),
    source,
    conversationId,
    /** Goes on behind a line that is refused. Otherwise nothing behind it is stored, so that the line keeps its place when it is mended. */
    skipsFaults: z.boolean().optional(),
    lines: z.array(happened).max(batches.importLines),
  }),
  z.object({ do: z.literal("open"), source, conversationId }),
]);
export type ImportBatch = z.output<typeof importBatch>;
export type ImportPerson = z.output<typeof person>;
export type ImportHappened = z.output<typeof happened>;

/** `known`: stored before. `faults`: what was not stored, `index` by the order of the call. */
export const importDone = z.object({
  stored: z.int(),
  known: z.int(),
  faults: z.array(z.object({ index: z.int(), detail: z.string() })),
});
export type ImportDone = z.output<typeof importDone>;
/** By the order of the call; null where there is a fault. */
export const importPeopleDone = importDone.extend({ userIds: z.array(z.string().nullable()) });
export const importConversationDone = z.object({ conversationId, isOpen: z.boolean() });
