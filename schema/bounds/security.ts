/** Owns the bounds of passkeys, recovery codes, sign-ins by a link and notices of new devices. */

export const securityBounds = {
  /** Passkeys of one account: rows of its object, all of which a second factor names. */
  passkeysMax: 20,
  /** Of a credential's id: WebAuthn allows 1,023 bytes. */
  credentialIdCharactersMax: 1_364,
  /** Each part of what a browser says of a passkey, encoded: well above what they make, and little to parse. */
  passkeyPartCharactersMax: 4_096,
  /** How long a challenge to a passkey may be answered. A person may have to look for their key. */
  passkeyChallengeMs: 300_000,
  /** Recovery codes that are made at a time. */
  recoveryCodes: 10,
  /** Letters and digits of a recovery code, five bits each: nobody guesses one, also with a dump of the store. */
  recoveryCodeCharacters: 16,
  /** The same of the code by which another device is approved. It lives for two minutes, and wrong ones are counted. */
  linkCodeCharacters: 8,
  /** How long the answer to a call that spent a recovery code, or a passkey beside the password, is kept for its repeat, encrypted; and how many of them. */
  keptAnswersMs: 600_000,
  keptAnswersMax: 10,
  /** Devices that were signed out as new ones, and are new again when they come back. */
  unfamiliarDevicesMax: 200,
  /** Of a recovery or link code as it was typed, with spaces and dashes. */
  typedCodeCharactersMax: 64,
  /** How long a sign-in by a link can be approved and claimed. */
  linkMs: 120_000,
  /** Sign-ins by a link that wait in one of the objects for them. */
  linksPerDesk: 200,
  /** How often a device asks whether its link was approved. */
  linkAskMs: 2_000,
} as const;
