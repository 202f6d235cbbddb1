/** What a user's object promises about signing up and in, tokens and devices. */
import { runInDurableObject } from "cloudflare:test";
import { env } from "cloudflare:workers";
import { describe, expect, test } from "vitest";
import { userStub } from "../../../../objects/shared/platform/calls.ts";
import { claimHandle } from "../../../../objects/shared/identity/handles.ts";
import { mintUserId } from "../../../../objects/shared/identity/mint.ts";
import { verifyAccessToken } from "../../../../objects/user/account/tokens.ts";
import type { DeviceId } from "../../../../schema/ids.ts";
import { limits } from "../../../../schema/limits.ts";
import {
  codeOf,
  directory,
  evict,
  hashOf,
  laptop,
  newHandle,
  passwordHash,
  signIn,
  signUp,
  trySignUp,
  valueOf,
  wind,
} from "../../../rig/objects/accounts.ts";

const minuteMs = 60_000;

describe("signing up", () => {
  test("[A1] the first makes the account, every other one is answered that it exists, also after eviction", async () => {
    const ana = await signUp("ana");
    expect(ana.user).toEqual({
      id: ana.id,
      handle: ana.handle,
      name: `Name of ${ana.handle}`,
      bio: "",
      avatarUrl: null,
    });
    await evict(ana.id);
    const again = await trySignUp(ana.handle, "another password");
    expect(again).toEqual({ id: ana.id, answer: { ok: "exists" } });
    expect(valueOf(await ana.calls.me())).toMatchObject({
      handle: ana.handle,
      settings: { presence: "everyone", locale: "en" },
    });
  });

  test("[A1] of many who race for one handle exactly one gets it, and all agree which one", async () => {
    const handle = newHandle("race");
    const answers = await Promise.all(Array.from({ length: 8 }, (_, i) => trySignUp(handle, `password ${i}`)));
    expect(answers.filter(({ answer }) => answer.ok === true)).toHaveLength(1);
    expect(answers.filter(({ answer }) => answer.ok === "exists")).toHaveLength(7);
    expect(new Set(answers.map(({ id }) => id)).size).toBe(1);
  });

  test("[A2] a sign-up that was cut off after its claim is gone on with by the next one, soon or late", async () => {
    for (const lateMs of [0, 11 * minuteMs]) {
      const handle = newHandle("crash");
      const first = mintUserId(env.ID_SECRET);
      expect(valueOf(await claimHandle(env, directory, handle, first, "signUp"))).toBe(first);
      wind(lateMs);
      const next = await trySignUp(handle);
      expect(next.id).toBe(first);
      expect(next.answer.ok).toBe(true);
    }
  });

  test("[A2] a lost answer is found again by the same password within 10 minutes, and by nothing else", async () => {
    const ana = await signUp("lost");
    const attempt = (attemptId: string, password: string) =>
      ana.calls.signIn({ attemptId, hash: hashOf(password), device: laptop, forSignUp: ana.handle });
    await evict(ana.id);
    expect(valueOf(await attempt("a1", "correct horse")).user).toEqual(ana.user);
    expect(codeOf(await attempt("a2", "wrong horse"))).toBe("unauthenticated");
    wind(10 * minuteMs + 1);
    expect(codeOf(await attempt("a3", "correct horse"))).toBe("handle_taken");
  });

  test("an object without an account refuses, and is no account after that", async () => {
    const nobody = userStub(env, mintUserId(env.ID_SECRET));
    expect(codeOf(await nobody.challenge())).toBe("not_found");
    expect(codeOf(await nobody.me())).toBe("not_found");
    expect(codeOf(await nobody.relation(mintUserId(env.ID_SECRET)))).toBe("not_found");
    expect(await nobody.admit("v_x" as DeviceId)).toBe(false);
    expect(await nobody.holdsHandle("x")).toBe("no account");
  });
});

describe("passwords", () => {
  test("the right one signs in, another is refused, a handle that was given up leads nowhere", async () => {
    const ana = await signUp("ana");
    expect(valueOf(await signIn(ana)).user).toEqual(ana.user);
    expect(codeOf(await signIn(ana, "correct Horse"))).toBe("unauthenticated");
    expect(codeOf(await ana.calls.challenge("not.mine"))).toBe("not_found");
  });

  test("[A4] a change asks for the present one and signs all other devices out", async () => {
    const ana = await signUp("ana");
    const other = valueOf(await signIn(ana));
    const change = (attemptId: string, current: string) =>
      ana.calls.changePassword(ana.device, { attemptId, hash: hashOf(current), next: passwordHash("new horse") });
    expect(codeOf(await change("c1", "wrong"))).toBe("forbidden");
    expect(await ana.calls.admit(other.device.id)).toBe(true);
    expect(codeOf(await change("c2", "correct horse"))).toBe("true");
    await evict(ana.id);
    expect(codeOf(await change("c2", "correct horse"))).toBe("true");
    expect(await ana.calls.admit(ana.device)).toBe(true);
    expect(await ana.calls.admit(other.device.id)).toBe(false);
    expect(codeOf(await ana.calls.refresh(other.refreshToken))).toBe("unauthenticated");
    expect(codeOf(await signIn(ana))).toBe("unauthenticated");
    expect(codeOf(await signIn(ana, "new horse"))).toBe("true");
  });

  test("[A4] a change whose answer was lost is repeated with success, by the device that made it, for 10 minutes", async () => {
    const ana = await signUp("ana");
    /** As the gateway changes it; every challenge is a new one. */
    const change = async (device: DeviceId, current: string, next: string): Promise<string> => {
      const challenge = await ana.calls.challenge(undefined, { deviceId: device });
      if (!challenge.ok) return challenge.refusal.code;
      const hashes = { hash: hashOf(current), next: passwordHash(next), again: hashOf(next) };
      const attempt = { ...hashes, attemptId: challenge.value.attemptId };
      return codeOf(await ana.calls.changePassword(device, attempt));
    };
    expect(await change(ana.device, "correct horse", "new horse")).toBe("true");
    const other = valueOf(await signIn(ana, "new horse"));
    await evict(ana.id);
    const isTold = async (device: DeviceId) =>
      valueOf(await ana.calls.challenge(undefined, { deviceId: device })).isChangedOfLate;
    expect([await isTold(ana.device), await isTold(other.device.id)]).toEqual([true, undefined]);
    // More often than wrong passwords are allowed; and nobody is signed out anew.
    for (let n = 0; n < 12; n++) expect(await change(ana.device, "correct horse", "new horse")).toBe("true");
    expect(await ana.calls.admit(other.device.id)).toBe(true);
    expect(await change(other.device.id, "correct horse", "new horse")).toBe("forbidden");
    for (let n = 0; n < 9; n++) expect(await change(ana.device, "correct horse", `guess ${n}`)).toBe("forbidden");
    wind(10 * minuteMs + 1);
    expect(await change(ana.device, "correct horse", "new horse")).toBe("forbidden");
    expect(await change(ana.device, "new horse", "another horse")).toBe("rate_limited");
  });

  test("[A4] beyond the limit of wrong passwords a repeated change is not compared either, though its challenge was given before", async () => {
    const ana = await signUp("ana");
    const challenge = async () => valueOf(await ana.calls.challenge(undefined, { deviceId: ana.device })).attemptId;
    const attempt = { hash: hashOf("correct horse"), next: passwordHash("new horse") };
    valueOf(await ana.calls.changePassword(ana.device, { ...attempt, attemptId: await challenge() }));
    const ids = await Promise.all(Array.from({ length: 11 }, challenge));
    const codes: string[] = [];
    for (const [n, attemptId] of ids.entries()) {
      const again = hashOf(n === 10 ? "new horse" : `guess ${n}`);
      codes.push(codeOf(await ana.calls.changePassword(ana.device, { ...attempt, attemptId, again })));
    }
    expect(codes).toEqual([...Array<string>(10).fill("forbidden"), "rate_limited"]);
  });
});

describe("tokens", () => {
  test("an access token speaks for its device for ten minutes", async () => {
    const ana = await signUp("ana");
    const { accessToken, accessTokenExpiresAt } = ana.session;
    const claims = await verifyAccessToken(env.TOKEN_SECRET, accessToken);
    expect(claims).toEqual({ userId: ana.id, deviceId: ana.device, generation: 0, expiresAt: accessTokenExpiresAt });
    expect(await verifyAccessToken(`${env.TOKEN_SECRET.slice(1)}A`, accessToken)).toBeNull();
    expect(await verifyAccessToken(env.TOKEN_SECRET, ana.session.refreshToken)).toBeNull();
    wind(10 * minuteMs + 1_000);
    expect(await verifyAccessToken(env.TOKEN_SECRET, accessToken)).toBeNull();
  });

  test("[A6] a dump of the store holds no token that can be used", async () => {
    const ana = await signUp("ana");
    const other = valueOf(await signIn(ana));
    const rotated = valueOf(await ana.calls.refresh(ana.session.refreshToken));
    // With a kept answer that was not used, too.
    const again = valueOf(await ana.calls.refresh(rotated.refreshToken));
    const dump = await runInDurableObject(env.USERS.getByName(ana.id), (_, state) => {
      const tables = state.storage.sql.exec<{ name: string }>(
        "SELECT name FROM sqlite_schema WHERE type = 'table' AND name NOT LIKE '\\_cf%' ESCAPE '\\'",
      );
      return tables.toArray().flatMap(({ name }) => state.storage.sql.exec(`SELECT * FROM "${name}"`).toArray());
    });
    expect(dump.some((row) => row["device_id"] === ana.device)).toBe(true);
    const text = JSON.stringify(dump);
    for (const session of [ana.session, other, rotated, again]) {
      expect(text).not.toContain(session.deviceSecret);
      expect(text).not.toContain(session.deviceSecret.split(".").at(-1));
      expect(text).not.toContain(session.accessToken);
      expect(text).not.toContain(session.refreshToken);
      expect(text).not.toContain(session.refreshToken.split(".").at(-1));
    }
    const stored = dump.flatMap((row) => Object.values(row)).filter((value) => typeof value === "string");
    for (const value of stored) {
      expect(await verifyAccessToken(env.TOKEN_SECRET, value)).toBeNull();
      expect(codeOf(await ana.calls.refresh(`${ana.id}.${ana.device}.2.${value}`))).toBe("unauthenticated");
    }
    expect(await ana.calls.admit(ana.device)).toBe(true);
  });
});

describe("devices", () => {
  test("[A7] signing out ends a device and its tokens, once", async () => {
    const ana = await signUp("ana");
    const other = valueOf(await signIn(ana));
    expect(codeOf(await ana.calls.signOut(other.device.id))).toBe("true");
    expect(codeOf(await ana.calls.signOut(other.device.id))).toBe("not_found");
    await evict(ana.id);
    expect(await ana.calls.admit(other.device.id)).toBe(false);
    expect(codeOf(await ana.calls.refresh(other.refreshToken))).toBe("unauthenticated");
    expect(valueOf(await ana.calls.devices(ana.device)).map((device) => device.id)).toEqual([ana.device]);
  });

  test("activity is noted, at most once a minute", async () => {
    const ana = await signUp("ana");
    const lastActive = async () => valueOf(await ana.calls.devices(ana.device))[0]?.lastActiveAt ?? 0;
    const at = await lastActive();
    wind(59_000);
    await ana.calls.admit(ana.device);
    expect(await lastActive()).toBe(at);
    wind(2_000);
    await ana.calls.admit(ana.device);
    expect(await lastActive()).toBeGreaterThanOrEqual(at + 60_000);
    expect(valueOf(await ana.calls.devices("v_other" as DeviceId))[0]).toMatchObject({
      name: "Laptop",
      platform: "test",
      current: false,
    });
  });

  test("beyond the limit the device that was idle longest is signed out", async () => {
    const ana = await signUp("ana");
    for (let n = 1; n < limits.devicesMax; n++) valueOf(await signIn(ana));
    wind(2 * minuteMs);
    await ana.calls.admit(ana.device);
    const newest = valueOf(await signIn(ana));
    const devices = valueOf(await ana.calls.devices(newest.device.id));
    expect(devices).toHaveLength(limits.devicesMax);
    expect(devices.map((device) => device.id)).toEqual(expect.arrayContaining([ana.device, newest.device.id]));
  });
});
