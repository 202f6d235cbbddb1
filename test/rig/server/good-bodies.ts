/** Owns a body that each call would take, from which bad ones are made. */
import { goodSubscription } from "./bad-input.ts";
import type { HttpPerson } from "./http.ts";

interface Known {
  readonly me: HttpPerson;
  readonly peer: HttpPerson;
  /** What stands in paths. */
  readonly values: Readonly<Record<string, string>>;
}

/** A body that the call would take, for each that has one. */
export function goodBody(call: string, { me, peer, values }: Known): Record<string, unknown> {
  const device = { name: "d", platform: "p" };
  const signed = { clientDataJSON: "AAAA", authenticatorData: "AAAA", signature: "AAAA", userHandle: "AAAA" };
  const passkeyAnswer = { id: "AAAA", response: signed };
  const newPasskey = {
    id: "AAAA",
    response: { clientDataJSON: "AAAA", attestationObject: "AAAA", transports: ["usb"] },
  };
  const proof = { password: "not the password", passkey: passkeyAnswer, recoveryCode: "AAAA" };
  const bodies: Record<string, Record<string, unknown>> = {
    "POST /v1/accounts": { handle: "bad.input", password: "a good password", name: "B", device },
    "POST /v1/sessions": {
      handle: me.handle,
      password: "not the password",
      device,
      deviceSecret: "s",
      recoveryCode: "AAAA",
    },
    "POST /v1/sessions/refresh": { refreshToken: "none" },
    "POST /v1/sessions/passkey": { passkey: passkeyAnswer, device, deviceSecret: "s" },
    "POST /v1/sessions/link": { device },
    "POST /v1/sessions/link/claim": { code: "AAAA-AAAA", secret: "s" },
    "POST /v1/sessions/link/:code/approve": { passkey: passkeyAnswer, recoveryCode: "AAAA" },
    "POST /v1/me/passkeys/challenge": proof,
    "POST /v1/me/passkeys": { name: "K", passkey: newPasskey },
    "POST /v1/me/recovery-codes": proof,
    "PUT /v1/me/second-factor": { on: false, ...proof },
    "PATCH /v1/me": { name: "N", bio: "b", handle: "bad.input", settings: { typing: true } },
    "POST /v1/me/erase": { password: "not the password" },
    "POST /v1/me/password": { current: "not the password", next: "another password" },
    "POST /v1/conversations": {
      title: "T",
      memberIds: [peer.id],
      mode: "small",
      policy: { add: "member" },
      clientId: "c",
    },
    "PATCH /v1/conversations/:conversationId": { title: "T", policy: { add: "member" } },
    "PATCH /v1/conversations/:conversationId/me": {
      mutedUntil: 1,
      pinned: true,
      archived: true,
      markedUnread: true,
      draft: "d",
    },
    "PUT /v1/conversations/:conversationId/members/:userId": { role: "member" },
    "POST /v1/conversations/:conversationId/members": { userIds: [peer.id] },
    "POST /v1/conversations/:conversationId/invites": { expiresInMs: 1_000, usesMax: 1, mayGrow: true },
    "POST /v1/conversations/:conversationId/messages": { clientId: "c", text: "t", replyTo: 1, mentions: [peer.id] },
    "PATCH /v1/conversations/:conversationId/messages/:seq": { text: "t", mentions: [peer.id] },
    "POST /v1/conversations/:conversationId/receipts": { delivered: 1, read: 1 },
    "PUT /v1/push/subscription": goodSubscription,
    "POST /v1/conversations/:conversationId/uploads": {
      name: "f",
      type: "image/png",
      bytes: 10,
      sha256: "0".repeat(64),
    },
    "POST /v1/me/uploads": { name: "f", type: "image/png", bytes: 10, sha256: "0".repeat(64) },
    "POST /v1/uploads/:uploadId/complete": {
      width: 1,
      height: 1,
      durationMs: 1,
      thumbhash: "AAAA",
      waveform: [1],
      alt: "a",
      preview: values["uploadId"],
    },
    "POST /v1/attachments/addresses": { ids: [values["uploadId"]] },
    "POST /v1/reports": {
      about: { kind: "message", conversationId: values["conversationId"], seq: 1 },
      reason: "spam",
      note: "n",
    },
    "PUT /v1/conversations/:conversationId/messages/:seq/vote": { options: [0] },
    "PUT /v1/conversations/:conversationId/hidden": { seqs: [1], on: true },
    "PUT /v1/conversations/:conversationId/cleared": { upTo: 1 },
  };
  const body = bodies[call];
  if (body === undefined) throw new Error(`no good body for ${call}`);
  return body;
}
