/** Decides what a patch makes of a profile and its settings, and which of its copies elsewhere become old by it. */
import { done, type Outcome, refuse } from "../../schema/errors.ts";
import {
  type MePatch,
  quietHours,
  type Settings,
  settingsDefault,
  type SettingsPatch,
} from "../../schema/http/account/me.ts";

export type Profile = { handle: string; name: string; bio: string; settings: Settings };

/** `isPublicChanged`: handle, name, bio or picture changed, which the directory and every conversation show. `isCopyChanged`: something changed of which conversations keep a copy. */
export type PatchDecision = { profile: Profile; isChanged: boolean; isPublicChanged: boolean; isCopyChanged: boolean };

/** JSON merge patch (RFC 7396) of the whole profile; a removed `bio` is an empty one. The picture lies elsewhere: `isPictureNew` says that it changes. */
export function decidePatch(
  present: Profile,
  patch: MePatch,
  { isPictureNew = false }: { isPictureNew?: boolean } = {},
): Outcome<PatchDecision> {
  const settings = mergeSettings(present.settings, patch.settings ?? {});
  if (!settings.ok) return settings;
  const profile: Profile = {
    handle: patch.handle ?? present.handle,
    name: patch.name ?? present.name,
    bio: patch.bio === undefined ? present.bio : (patch.bio ?? ""),
    settings: settings.value,
  };
  const isPublicChanged =
    isPictureNew || profile.handle !== present.handle || profile.name !== present.name || profile.bio !== present.bio;
  const isCopyChanged =
    isPublicChanged ||
    profile.settings.readReceipts !== present.settings.readReceipts ||
    profile.settings.typing !== present.settings.typing;
  const isChanged = isCopyChanged || JSON.stringify(profile.settings) !== JSON.stringify(present.settings);
  return done({ profile, isChanged, isPublicChanged, isCopyChanged });
}

/** The settings after a patch. Quiet hours may be patched in part, but the result must have all their fields. */
export function mergeSettings(present: Settings, patch: SettingsPatch): Outcome<Settings> {
  const byDefault = settingsDefault.notifications;
  const given = patch.notifications === null ? byDefault : (patch.notifications ?? {});
  const hours = mergeQuietHours(present.notifications.quietHours, given.quietHours);
  if (!hours.ok) return hours;
  return done({
    presence: merged(patch.presence, present.presence, settingsDefault.presence),
    reach: merged(patch.reach, present.reach, settingsDefault.reach),
    readReceipts: merged(patch.readReceipts, present.readReceipts, settingsDefault.readReceipts),
    typing: merged(patch.typing, present.typing, settingsDefault.typing),
    linkPreviews: merged(patch.linkPreviews, present.linkPreviews, settingsDefault.linkPreviews),
    notifications: {
      enabled: merged(given.enabled, present.notifications.enabled, byDefault.enabled),
      preview: merged(given.preview, present.notifications.preview, byDefault.preview),
      quietHours: hours.value,
    },
    locale: merged(patch.locale, present.locale, settingsDefault.locale),
    ...foldersAfter(present.folders, patch.folders),
  });
}

function merged<T>(given: T | null | undefined, present: T, byDefault: T): T {
  return given === undefined ? present : (given ?? byDefault);
}

/** A list is replaced as a whole, and an empty one is none. */
function foldersAfter(present: Settings["folders"], given: SettingsPatch["folders"]): Pick<Settings, "folders"> {
  const folders = given === undefined ? present : (given ?? []);
  return folders === undefined || folders.length === 0 ? {} : { folders };
}

type QuietHours = Settings["notifications"]["quietHours"];
type QuietHoursPatch = NonNullable<SettingsPatch["notifications"]>["quietHours"];

function mergeQuietHours(present: QuietHours, patch: QuietHoursPatch): Outcome<QuietHours> {
  if (patch === undefined) return done(present);
  if (patch === null) return done(null);
  const whole = quietHours.safeParse({
    from: patch.from ?? present?.from,
    to: patch.to ?? present?.to,
    timeZone: patch.timeZone ?? present?.timeZone,
  });
  if (whole.success) return done(whole.data);
  return refuse(
    "bad_request",
    `settings.notifications.quietHours.${whole.error.issues[0]?.path.map(String).join(".") ?? ""}: is missing`,
  );
}
