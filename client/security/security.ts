/** Owns the calls about how an account is entered, and which devices are new. */
import { revokeOtherDevices, seeDevice } from "../../schema/http/account/accounts.ts";
import {
  addPasskey,
  beginPasskey,
  getSecurity,
  makeRecoveryCodes,
  putSecondFactor,
  removePasskey,
  type Passkey,
  type Security as SecurityState,
} from "../../schema/http/account/passkeys.ts";
import { approveLink, declineLink, lookAtLink, type AskingDevice } from "../../schema/http/account/session-links.ts";
import type { NewDevice } from "../../schema/security/new-devices.ts";
import type { CallOptions } from "../contract/page.ts";
import type { MakePasskey, OwnerProof, Security, SecondFactor } from "../contract/security.ts";
import { retried, retriedEnd } from "../link/retried.ts";
import { State } from "../observable.ts";
import type { Api } from "../session/api.ts";

export class SecurityCalls implements Security {
  readonly newDevices = new State<readonly NewDevice[]>([]);
  readonly #api: Api;

  constructor(api: Api) {
    this.#api = api;
  }

  async load(options?: CallOptions): Promise<SecurityState> {
    return await this.#api.call(getSecurity, {}, options);
  }
  async addPasskey(name: string, proof: OwnerProof, make: MakePasskey): Promise<Passkey> {
    const passkey = await make(await this.#api.call(beginPasskey, { body: { ...proof } }));
    return await retried(() => this.#api.call(addPasskey, { body: { name, passkey } }));
  }
  async removePasskey(passkeyId: string): Promise<void> {
    await retriedEnd(() => this.#api.run(removePasskey, { params: { passkeyId } }));
  }
  async makeRecoveryCodes(proof: OwnerProof): Promise<readonly string[]> {
    return (await this.#api.call(makeRecoveryCodes, { body: { ...proof } })).codes;
  }
  async setSecondFactor(isOn: boolean, proof: OwnerProof): Promise<void> {
    await this.#api.run(putSecondFactor, { body: { on: isOn, ...proof } });
  }
  async knowDevice(deviceId: string): Promise<void> {
    await retriedEnd(() => this.#api.run(seeDevice, { params: { deviceId } }));
    this.newDevices.set(this.newDevices.getSnapshot().filter(({ id }) => id !== deviceId));
  }
  async signOutOthers(): Promise<void> {
    await retried(() => this.#api.run(revokeOtherDevices, {}));
  }
  async lookAtLink(code: string, options?: CallOptions): Promise<AskingDevice> {
    return await this.#api.call(lookAtLink, { params: { code } }, options);
  }
  async approveLink(code: string, second: SecondFactor = {}): Promise<void> {
    await retried(() => this.#api.run(approveLink, { params: { code }, body: { ...second } }));
  }
  async declineLink(code: string): Promise<void> {
    await retriedEnd(() => this.#api.run(declineLink, { params: { code } }));
  }
}
