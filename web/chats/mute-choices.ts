/** Owns for how long a chat can be muted, in the words of a menu and of a row of buttons. */
import { t } from "@lingui/core/macro";
import { mutedForEver, type Summary } from "parley-sdk";
import { fullTime } from "../texts/time.ts";

const hourMs = 3_600_000;

export interface MuteChoice {
  /** null: for ever. */
  readonly ms: number | null;
  readonly item: string;
  /** Below the word "Mute". */
  readonly short: string;
}

export function muteChoices(): readonly MuteChoice[] {
  return [
    { ms: hourMs, item: t`Mute for 1 hour`, short: t`For 1 hour` },
    { ms: 8 * hourMs, item: t`Mute for 8 hours`, short: t`For 8 hours` },
    { ms: 7 * 24 * hourMs, item: t`Mute for a week`, short: t`For a week` },
    { ms: null, item: t`Mute always`, short: t({ message: "Always", context: "mute" }) },
  ];
}

export function mutedText({ mutedUntil }: Summary): string {
  if (mutedUntil === null || mutedUntil >= mutedForEver)
    return t`Muted. Nothing of this chat is notified, mentions neither.`;
  const end = fullTime(mutedUntil);
  return t`Muted until ${end}. Nothing of this chat is notified, mentions neither.`;
}
