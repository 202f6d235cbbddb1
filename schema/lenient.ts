/**
 * Owns how this version's schemas read answers and frames of a newer server, and those of an older one that a deploy replaces just now. An unknown value in one element must not make the rest unreadable. So an
 * element of a list that cannot be read is left out, and a single value that cannot be read becomes the value that promises least.
 */
import { z } from "zod";
import { settings, settingsDefault } from "./http/account/me.ts";
import { chainRange } from "./http/conversation/messages.ts";
import { contact } from "./http/users.ts";
import { attachmentKind } from "./wire/attachment.ts";
import { conversationKind, conversationMode } from "./wire/conversation.ts";
import { presentNotice, presentReaction } from "./older-forms.ts";
import { notify } from "./wire/inbox.ts";
import { message, notice, policy, reaction, rightHolder, role } from "./wire/message.ts";
import { presence } from "./wire/presence.ts";
import { user } from "./wire/user.ts";

/** The value that stands in for an unreadable value of each of these schemas. */
const neutral = new Map<z.core.$ZodType, unknown>([
  [role, "member"],
  [conversationKind, "group"],
  [conversationMode, "small"],
  [notify, "all"],
  [rightHolder, "admin"],
  [policy.shape.history, "joined"],
  [attachmentKind, "file"],
  [presence.shape.status, "offline"],
  [contact.shape.state, "outgoing"],
  [message.shape.mentions, []],
  [message.shape.reactions, []],
  [user.shape.name, ""],
  [user.shape.bio, ""],
  [settings.shape.presence, settingsDefault.presence],
  [settings.shape.reach, settingsDefault.reach],
  [settings.shape.locale, settingsDefault.locale],
]);

/** Values of these schemas are read exactly or not at all. A chain proves nothing without one of its links. */
const exact = new Set<z.core.$ZodType>([chainRange]);

/** An object that a deploy has not reached yet answers in an earlier form of these. */
const older = new Map<z.core.$ZodType, (value: unknown) => unknown>([
  [notice, presentNotice],
  [reaction, presentReaction],
]);

const made = new WeakMap<z.core.$ZodType, z.ZodType>();

/** A schema that also reads the form that a newer server may give to the same value. It is made once for each schema. */
export function lenient<T>(schema: z.ZodType<T>): z.ZodType<T>;
export function lenient(schema: z.core.$ZodType): z.ZodType;
export function lenient(schema: z.core.$ZodType): z.ZodType {
  const before = made.get(schema);
  if (before !== undefined) return before;
  const own = neutral.has(schema) ? rebuilt(schema).catch(() => neutral.get(schema)) : rebuilt(schema);
  const present = older.get(schema);
  const after = present === undefined ? own : z.unknown().transform(present).pipe(own);
  made.set(schema, after);
  return after;
}

function rebuilt(schema: z.core.$ZodType): z.ZodType {
  if (exact.has(schema)) return asIs(schema);
  if (schema instanceof z.ZodObject) {
    const fields: [string, z.core.$ZodType][] = Object.entries(schema.def.shape);
    const shape = Object.fromEntries(fields.map(([name, field]) => [name, lenient(field)]));
    return schema.clone({ ...schema.def, shape });
  }
  if (schema instanceof z.ZodArray) {
    const elements = z.array(lenient(schema.def.element).or(unreadable));
    return elements.transform((all) => all.filter((each) => each !== nothing));
  }
  if (schema instanceof z.ZodRecord) {
    const entries = z.record(z.string(), lenient(schema.def.valueType).or(unreadable));
    return entries.transform((all) => Object.fromEntries(Object.entries(all).filter(([, each]) => each !== nothing)));
  }
  if (schema instanceof z.ZodUnion)
    return schema.clone({ ...schema.def, options: schema.def.options.map((each) => lenient(each)) });
  if (schema instanceof z.ZodOptional) return lenient(schema.def.innerType).optional().catch(undefined);
  if (schema instanceof z.ZodNullable) return lenient(schema.def.innerType).nullable().catch(null);
  if (schema instanceof z.ZodDefault) {
    const { innerType, defaultValue } = schema.def;
    return lenient(innerType)
      .default(defaultValue ?? null)
      .catch(() => defaultValue);
  }
  return asIs(schema);
}

/** Takes the place of an element that cannot be read. */
const nothing = Symbol("unreadable");
const unreadable = z.unknown().transform(() => nothing);

function asIs(schema: z.core.$ZodType): z.ZodType {
  if (schema instanceof z.ZodType) return schema;
  throw new Error("not a schema of zod's classic API");
}
