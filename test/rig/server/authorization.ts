/** Owns the roles that are tried at every call, and what they meet at the calls about passkeys, codes and links. */

/** `blocked`: a member whom the owner has blocked. `removed`: was removed from the group by the owner. */
export const roles = ["anonymous", "stranger", "removed", "blocked", "member", "admin", "owner"] as const;
export type Role = (typeof roles)[number];
export type Statuses = Record<Role, number | readonly number[]>;

/** A group in which everybody has their part: message 1 is the member's, 2 the owner's, and the upload the member's. */
export type World = { id: string; invite: string; inviteId: string; ownersDevice: string; upload: string };

/** The same group, and whether anything of it was asked for: a call that has nothing to do with it does not change it. */
export function watched(of: World): { world: World; isUsed: () => boolean } {
  let isUsed = false;
  const get = (target: World, name: string | symbol): unknown => {
    isUsed = true;
    return Reflect.get(target, name);
  };
  return { world: new Proxy(of, { get }), isUsed: () => isUsed };
}

export type Case = {
  why?: string;
  path?: (world: World, role: Role) => string;
  body?: (world: World, role: Role) => unknown;
  /** The call spends the session, so it is made with one of its own. */
  spends?: true;
  expected: Statuses;
};

/** Calls that anybody may make. */
export function all(status: number): Statuses {
  return signedIn(status, { anonymous: status });
}
export function signedIn(status: number | readonly number[], but: Partial<Statuses> = {}): Statuses {
  return {
    anonymous: 401,
    stranger: status,
    removed: status,
    blocked: status,
    member: status,
    admin: status,
    owner: status,
    ...but,
  };
}
/** For those who are in the group; the others learn nothing. */
export function members(status: number, but: Partial<Statuses> = {}): Statuses {
  return signedIn(status, { stranger: 404, removed: 404, ...but });
}
/** For admins and the owner. */
export function admins(status: number): Statuses {
  return members(status, { member: 403, blocked: 403 });
}

export const securityCases: Record<string, Case[]> = {
  "DELETE /v1/devices": [{ expected: signedIn(204) }],
  "POST /v1/devices/:deviceId/seen": [
    {
      path: (world, role) => `/v1/devices/${role === "owner" ? "v_none" : world.ownersDevice}/seen`,
      expected: signedIn(404),
    },
  ],
  "POST /v1/sessions/passkey/challenge": [{ expected: all(200) }],
  "POST /v1/sessions/passkey": [
    {
      body: () => ({
        passkey: { id: "AAAA", response: { clientDataJSON: "AAAA", authenticatorData: "AAAA", signature: "AAAA" } },
      }),
      expected: all(401),
    },
  ],
  "POST /v1/sessions/link": [{ body: () => ({}), expected: all(201) }],
  "POST /v1/sessions/link/claim": [{ body: () => ({ code: "AAAA-AAAA", secret: "s" }), expected: all(404) }],
  "GET /v1/sessions/link/:code": [{ path: () => "/v1/sessions/link/AAAA-AAAA", expected: signedIn(404) }],
  "POST /v1/sessions/link/:code/approve": [
    { path: () => "/v1/sessions/link/AAAA-AAAA/approve", body: () => ({}), expected: signedIn(404) },
  ],
  "DELETE /v1/sessions/link/:code": [{ path: () => "/v1/sessions/link/AAAA-AAAA", expected: signedIn(404) }],
  "GET /v1/me/passkeys": [{ expected: signedIn(200) }],
  "POST /v1/me/passkeys/challenge": [{ body: () => ({ password: "not the password" }), expected: signedIn(403) }],
  "POST /v1/me/passkeys": [
    {
      body: () => ({
        name: "K",
        passkey: { id: "AAAA", response: { clientDataJSON: "AAAA", attestationObject: "AAAA" } },
      }),
      expected: signedIn(400),
    },
  ],
  "DELETE /v1/me/passkeys/:passkeyId": [{ path: () => "/v1/me/passkeys/AAAA", expected: signedIn(404) }],
  "PUT /v1/me/second-factor": [{ body: () => ({ on: false, password: "not the password" }), expected: signedIn(403) }],
  "POST /v1/me/recovery-codes": [{ body: () => ({ password: "not the password" }), expected: signedIn(403) }],
};
