/** Owns the app's own sentences for the server's errors about limits and fields. The server answers in English; people read the sentence in their language. */
import { t } from "@lingui/core/macro";

/** The sentence for a detail of the server; null for one that is not known here. */
export function limitText(detail: string): string | null {
  switch (detail.trim()) {
    case "you write too fast here":
      return t`You write too fast here.`;
    case "this conversation is written into too fast":
      return t`This conversation is written into too fast.`;
    case "you search this conversation too fast":
      return t`You search this conversation too fast.`;
    case "this device writes too fast":
      return t`This device writes too fast.`;
    case "you have written enough for today":
      return t`You have written enough for today.`;
    case "you change this conversation too often":
      return t`You change this conversation too often.`;
    case "this conversation is changed too often":
      return t`This conversation is changed too often.`;
    case "you change your list too often":
      return t`You change your list too often.`;
    case "you subscribe too often":
      return t`You turn notifications on too often.`;
    case "you change too often whom you watch":
    case "you ask too much at once":
    case "you ask for the presence of too many users":
    case "too many requests":
    case "too many handles are looked at from this address":
      return t`You ask too much at once.`;
    case "this was done too often lately":
      return t`This was done too often lately.`;
    case "this device opens sockets too fast":
    case "this device has too many live sockets":
      return t`This device is connected too often.`;
    case "Too many wrong passwords; wait a while":
      return t`Too many wrong passwords.`;
    case "too many are signing in from this address at this moment":
      return t`Too many are signing in from your network at this moment.`;
    case "too many devices are being linked at this moment":
    case "too many devices ask to be linked from this address":
      return t`Too many devices ask to be signed in by another one at this moment.`;
    case "too many accounts are made from this address":
      return t`Too many accounts are made from your network.`;
    default:
      return null;
  }
}

/** The sentence for a detail of the server about a field, without the field's name; null for a detail that is not known here. */
export function faultText(detail: string): string | null {
  return detail.trim() === "is one of the most common passwords" ? t`This is one of the most common passwords.` : null;
}
