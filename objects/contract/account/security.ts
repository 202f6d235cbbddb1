/**
 * Owns what the gateway and a user's object say to each other about passkeys, recovery codes, the second factor, and sign-ins by a link. The object
 * decides and remembers. Links wait in objects that are nobody's, because nobody knows yet whose they will be.
 */
import type { DeviceLabel, Session } from "../../../schema/http/account/accounts.ts";
import type { Passkey, Security } from "../../../schema/http/account/passkeys.ts";
import type { AskingDevice, RoughPlace } from "../../../schema/http/account/session-links.ts";
import type { DeviceId, UserId } from "../../../schema/ids.ts";
import type { NewPasskey, PasskeyAnswer, PasskeyCreation } from "../../../schema/security/passkey.ts";
import type { PasswordAttempt, SecondProof, RelyingParty } from "./passwords.ts";

/** The password, and the second factor where it was given. */
export type OwnerProof = { attempt: PasswordAttempt; second: SecondProof };

export type SecurityAsk =
  /** Signs a device in by a passkey alone. `attemptId`: makes a repeated call harmless. */
  | {
      do: "enter";
      attemptId: string;
      passkey: PasskeyAnswer;
      relyingParty: RelyingParty;
      device: DeviceLabel;
      deviceSecret: string | undefined;
    }
  | { do: "show" }
  | { do: "begin passkey"; by: DeviceId; proof: OwnerProof }
  | { do: "add passkey"; by: DeviceId; name: string; passkey: NewPasskey; relyingParty: RelyingParty }
  | { do: "remove passkey"; id: string }
  | { do: "set second factor"; by: DeviceId; isOn: boolean; proof: OwnerProof }
  | { do: "make recovery codes"; by: DeviceId; proof: OwnerProof }
  | { do: "see device"; by: DeviceId; device: DeviceId }
  | { do: "sign out others"; by: DeviceId }
  /**
   * Whether this device may try a link's code. `attemptId`: it will, and is counted like a wrong password before the code is looked up; `isRight`: the code was
   * one, so it is not counted after all.
   */
  | { do: "try link"; by: DeviceId; attemptId?: string; isRight?: true }
  | { do: "approve link"; by: DeviceId; link: string; until: number; attemptId: string; second: SecondProof }
  /** Signs the link's device in, once. */
  | { do: "open link"; link: string; device: DeviceLabel }
  /** To an object for links. `code` and `secret` are keyed hashes. */
  | { do: "begin link"; code: string; secret: string; link: string; device: DeviceLabel; place: RoughPlace }
  | { do: "look at link"; code: string; by: UserId }
  | { do: "settle link"; code: string; by: UserId; isApproved: boolean }
  | { do: "claim link"; code: string; secret: string };

export type SecurityAnswers = {
  enter: Session;
  show: Security;
  "begin passkey": PasskeyCreation;
  "add passkey": Passkey;
  "remove passkey": null;
  "set second factor": null;
  "make recovery codes": { codes: string[]; createdAt: number };
  "see device": null;
  "sign out others": null;
  "try link": null;
  "approve link": null;
  "open link": Session;
  "begin link": { until: number };
  "look at link": AskingDevice & { link: string };
  "settle link": null;
  "claim link": { do: "wait"; until: number } | { do: "open"; userId: UserId; link: string; device: DeviceLabel };
};

export type SecurityAnswer = SecurityAnswers[keyof SecurityAnswers];
