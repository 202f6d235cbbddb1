/** The signed-in user's own profile, settings and password. */
import { z } from "zod";
import { attachmentId, conversationId } from "../../ids.ts";
import { limits } from "../../limits.ts";
import { secondFactor } from "../../security/passkey.ts";
import { bio, name } from "../../text.ts";
import { user } from "../../wire/user.ts";
import { givenPassword, handle, newPassword } from "./accounts.ts";
import { route } from "../route.ts";

const clock = z.string().regex(/^([01][0-9]|2[0-3]):[0-5][0-9]$/, "must be a time such as 22:00");
const timeZone = z.string().max(64).refine(isTimeZone, "must be an IANA time zone");
const locale = z.string().max(35).refine(isLocale, "must be a BCP 47 language tag");

function isTimeZone(value: string): boolean {
  try {
    return new Intl.DateTimeFormat("en", { timeZone: value }).resolvedOptions().timeZone !== "";
  } catch {
    return false;
  }
}

function isLocale(value: string): boolean {
  try {
    return Intl.getCanonicalLocales(value).length === 1;
  } catch {
    return false;
  }
}

export const quietHours = z.object({ from: clock, to: clock, timeZone });

const folderRules = ["unread", "mentions", "dms", "groups"] as const;
const folderRule = z.enum(folderRules);
/** A list of conversations under a name: these, and those of these kinds. Answers are read without the bounds, which a newer server may raise. */
const folder = z.object({
  id: z.string(),
  name: z.string(),
  conversationIds: z.array(conversationId),
  rules: z.array(folderRule).optional(),
});
const givenFolder = folder.extend({
  id: z.string().regex(/^[A-Za-z0-9_-]{1,64}$/, "must be 1 to 64 of A-Z a-z 0-9 _ -"),
  name,
  conversationIds: z.array(conversationId).max(limits.folderConversationsMax),
  rules: z.array(folderRule).max(folderRules.length).optional(),
});
const givenFolders = z
  .array(givenFolder)
  .max(limits.foldersMax)
  .refine((all) => new Set(all.map(({ id }) => id)).size === all.length, "must have different ids");
export type Folder = z.infer<typeof folder>;

export const settings = z.object({
  presence: z.enum(["everyone", "contacts", "nobody"]),
  /** How strangers can bring this user into conversations: like anybody, as a request, or not at all. */
  reach: z.enum(["everyone", "requests", "contacts"]),
  readReceipts: z.boolean(),
  typing: z.boolean(),
  /** Whether this user's apps show previews of the links in messages. */
  linkPreviews: z.boolean(),
  notifications: z.object({ enabled: z.boolean(), preview: z.boolean(), quietHours: quietHours.nullable() }),
  locale,
  /** The user's folders of conversations, in their order; absent where they have none. */
  folders: z.array(folder).optional(),
});
export type Settings = z.infer<typeof settings>;

export const settingsDefault: Settings = {
  presence: "everyone",
  reach: "everyone",
  readReceipts: true,
  typing: true,
  linkPreviews: true,
  notifications: { enabled: true, preview: true, quietHours: null },
  locale: "en",
};

/** JSON merge patch (RFC 7396) of settings; null sets a setting's default. */
export const settingsPatch = z.object({
  presence: settings.shape.presence.nullable().optional(),
  reach: settings.shape.reach.nullable().optional(),
  readReceipts: z.boolean().nullable().optional(),
  typing: z.boolean().nullable().optional(),
  linkPreviews: z.boolean().nullable().optional(),
  notifications: z
    .object({
      enabled: z.boolean().nullable().optional(),
      preview: z.boolean().nullable().optional(),
      quietHours: quietHours.partial().nullable().optional(),
    })
    .nullable()
    .optional(),
  locale: locale.nullable().optional(),
  /** All folders anew. */
  folders: givenFolders.nullable().optional(),
});
export type SettingsPatch = z.infer<typeof settingsPatch>;

export const me = z.object({ ...user.shape, settings, createdAt: z.int() });
export type Me = z.infer<typeof me>;

export const mePatch = z.object({
  name: name.optional(),
  bio: bio.nullable().optional(),
  handle: handle.optional(),
  /** An upload of the user's own; null removes the picture. */
  avatar: attachmentId.nullable().optional(),
  settings: settingsPatch.optional(),
});
export type MePatch = z.infer<typeof mePatch>;

export const getMe = route({
  method: "GET",
  path: "/v1/me",
  summary: "The signed-in user",
  tag: "Me",
  answers: { 200: { description: "The user", body: me } },
  errors: ["unauthenticated"],
});

export const patchMe = route({
  method: "PATCH",
  path: "/v1/me",
  summary: "Change the profile, the handle or the settings (JSON merge patch)",
  tag: "Me",
  body: mePatch,
  answers: { 200: { description: "The user as changed", body: me } },
  errors: ["unauthenticated", "bad_request", "too_large", "handle_taken"],
});

export const eraseMe = route({
  method: "POST",
  path: "/v1/me/erase",
  summary: "Erase the account, for ever: what others hold of it is gone within 30 s",
  tag: "Me",
  body: z.object({ password: givenPassword, ...secondFactor }),
  answers: { 202: { description: "Erased", body: null } },
  errors: ["unauthenticated", "bad_request", "forbidden", "rate_limited"],
});

export const changePassword = route({
  method: "POST",
  path: "/v1/me/password",
  summary: "Change the password; all other devices are signed out",
  tag: "Me",
  body: z.object({ current: givenPassword, next: newPassword, ...secondFactor }),
  answers: { 204: { description: "Changed", body: null } },
  errors: ["unauthenticated", "bad_request", "forbidden", "rate_limited"],
});
