/** Owns the calls about how an account is entered, and which devices are new. */
import { revokeOtherDevices, seeDevice } from "../../schema/http/accounts.ts";
import {
  addPasskey,
  beginPasskey,
  getSafety,
  makeRecoveryCodes,
  putSecondFactor,
  removePasskey,
  type Passkey,
  type Safety as SafetyState,
} from "../../schema/http/passkeys.ts";
import { approveLink, declineLink, lookAtLink, type AskingDevice } from "../../schema/http/session-links.ts";
import type { NewDevice } from "../../schema/safety/new-devices.ts";
import type { CallOptions } from "../contract/page.ts";
import type { MakePasskey, OwnerProof, Safety, SecondFactor } from "../contract/safety.ts";
import { retried, retriedEnd } from "../link/retried.ts";
import { State } from "../observable.ts";
import type { Api } from "../session/api.ts";

export class SafetyCalls implements Safety {
  readonly newDevices = new State<readonly NewDevice[]>([]);
  readonly #api: Api;

  constructor(api: Api) {
    this.#api = api;
  }

  async load(options?: CallOptions): Promise<SafetyState> {
    return await this.#api.call(getSafety, {}, options);
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
