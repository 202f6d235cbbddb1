/** Owns the calls of a UserObject that its account side answers: signing in and devices, the profile, people. UserObject inherits them. */
import { DurableObject } from "cloudflare:workers";
import { done, type Outcome } from "../../../schema/errors.ts";
import type { Device, Session } from "../../../schema/http/account/accounts.ts";
import type { Me } from "../../../schema/http/account/me.ts";
import type { ConversationId, DeviceId, TimeMs, UserId } from "../../../schema/ids.ts";
import type { User } from "../../../schema/wire/user.ts";
import type {
  AttemptBy,
  PasswordAttempt,
  PasswordChallenge,
  PasswordChange,
  PasswordHash,
} from "../../contract/account/passwords.ts";
import type { UserCalls } from "../../contract/user-calls.ts";
import type { Alarms } from "../../shared/platform/alarms.ts";
import { now } from "../../shared/platform/clock.ts";
import type { Env } from "../../shared/platform/env.ts";
import type { Account } from "../account-side.ts";
import { decoyBy } from "../account/wrong-passwords.ts";
import type { Self } from "../self.ts";
import type { UserUploads } from "../uploads/user-uploads.ts";

export abstract class AccountCalls extends DurableObject<Env> {
  protected abstract readonly account: Account;
  protected abstract readonly alarms: Alarms;
  protected abstract readonly self: Self;
  protected abstract readonly uploads: UserUploads;

  // The account and its devices

  async signUp(account: Parameters<UserCalls["signUp"]>[0]): Promise<Outcome<Session> | { ok: "exists" }> {
    return this.account.signIns.signUp(account);
  }

  async importAccount(...[account]: Parameters<UserCalls["importAccount"]>): ReturnType<UserCalls["importAccount"]> {
    return this.account.imported.make(account);
  }

  async dropImported(): Promise<boolean> {
    return this.account.imported.drop();
  }

  async setFirstPassword(password: PasswordHash): Promise<Outcome<null>> {
    return this.account.imported.setFirstPassword(password);
  }

  async challenge(handle?: string, by?: AttemptBy): Promise<Outcome<PasswordChallenge>> {
    return this.account.signIns.challenge(handle, by);
  }

  async signIn(attempt: Parameters<UserCalls["signIn"]>[0]): Promise<Outcome<Session>> {
    return this.account.signIns.signIn(attempt);
  }

  async challengeAgain(handle: string, by: AttemptBy): Promise<Outcome<PasswordChallenge>> {
    return this.account.signIns.challengeAgain(handle, by);
  }

  async challengeDecoy(handleKey: string, by: AttemptBy): Promise<Outcome<{ attemptId: string }>> {
    return this.account.credentials.challengeDecoy(decoyBy(handleKey, by));
  }

  async failDecoy(...[handleKey, { attemptId, by }]: Parameters<UserCalls["failDecoy"]>): Promise<Outcome<null>> {
    return this.account.credentials.failDecoy(attemptId, decoyBy(handleKey, by));
  }

  async security(...[ask]: Parameters<UserCalls["security"]>): ReturnType<UserCalls["security"]> {
    return await this.account.security.answer(ask);
  }

  async refresh(token: string): Promise<Outcome<Session>> {
    return this.account.devices.refresh(token, this.self.user());
  }

  async changePassword(by: DeviceId, change: PasswordChange): Promise<Outcome<null>> {
    return this.account.passwordActs.changePassword(by, change);
  }

  async erase(by: DeviceId, attempt: PasswordAttempt): Promise<Outcome<null>> {
    return this.account.passwordActs.erase(by, attempt);
  }

  async admit(device: DeviceId, live?: ConversationId, generation?: number): Promise<boolean | "full"> {
    this.alarms.rouse();
    return this.account.devices.admit(device, live, generation);
  }

  async signOut(device: DeviceId): Promise<Outcome<null>> {
    return this.account.devices.signOut(device);
  }

  async devices(current: DeviceId): Promise<Outcome<Device[]>> {
    return done(this.account.devices.list(current));
  }

  async holdsHandle(handle: string): Promise<"held" | "free" | "no account"> {
    return this.account.profile.holdsHandle(handle);
  }

  // Profile and people

  async me(): Promise<Outcome<Me>> {
    return this.account.profile.me();
  }

  async patchMe(...asked: Parameters<UserCalls["patchMe"]>): Promise<Outcome<Me>> {
    return this.account.profile.patch(...asked);
  }

  async upload(...[by, ask]: Parameters<UserCalls["upload"]>): ReturnType<UserCalls["upload"]> {
    return await this.uploads.answer(by, ask);
  }

  async relation(viewer: UserId): ReturnType<UserCalls["relation"]> {
    return this.account.relations.to(viewer);
  }

  async bringer(...[founding, many = []]: Parameters<UserCalls["bringer"]>): ReturnType<UserCalls["bringer"]> {
    return this.account.relations.bringer(founding, many);
  }

  async approach(...[by, ids, isUnreported]: Parameters<UserCalls["approach"]>): ReturnType<UserCalls["approach"]> {
    return this.account.relations.approach(by, ids, isUnreported);
  }

  async chargeBrings(...[cost]: Parameters<UserCalls["chargeBrings"]>): Promise<Outcome<null>> {
    return this.account.brings.charge(cost);
  }

  async takeIn(by: UserId, isStranger: boolean): Promise<Outcome<{ isRequest: boolean }>> {
    return this.account.brings.takeIn(by, isStranger);
  }

  async bringPage(...[page]: Parameters<UserCalls["bringPage"]>): ReturnType<UserCalls["bringPage"]> {
    return await this.account.bringPages.answer(page);
  }

  async contacts(cursor: string | undefined, limit: number): ReturnType<UserCalls["contacts"]> {
    return this.account.people.contacts(cursor, limit);
  }

  async putContact(user: User): ReturnType<UserCalls["putContact"]> {
    return this.account.people.putContact(user);
  }

  async deleteContact(userId: UserId): Promise<Outcome<null>> {
    return this.account.people.deleteContact(userId);
  }

  async contactedBy(user: User, isOn: boolean, stamp: TimeMs = now()): Promise<void> {
    this.account.people.contactedBy(user, isOn, stamp);
  }

  async blocks(cursor: string | undefined, limit: number): ReturnType<UserCalls["blocks"]> {
    return this.account.people.blocks(cursor, limit);
  }

  async putBlock(user: User): ReturnType<UserCalls["putBlock"]> {
    return this.account.people.putBlock(user);
  }

  async deleteBlock(userId: UserId): Promise<Outcome<null>> {
    return this.account.people.deleteBlock(userId);
  }

  async chargeReport(): Promise<Outcome<null>> {
    return this.account.chargeReport();
  }

  async chargeExport(): Promise<Outcome<null>> {
    return this.account.chargeExport();
  }
}
