/** An authenticator in software, which makes passkeys and answers challenges as a browser would, and as a forger would where it is told so. */
import { createHash, createSign, generateKeyPairSync, type KeyObject, randomBytes } from "node:crypto";
import type {
  NewPasskey,
  PasskeyAnswer,
  PasskeyCreation,
  PasskeyRequest,
} from "../../../../schema/security/passkey.ts";

type Faults = {
  origin?: string;
  rpId?: string;
  type?: string;
  challenge?: string;
  isFramed?: boolean;
  isUnverified?: boolean;
  isForged?: boolean;
  counter?: number;
  fmt?: string;
};

const present = 0x01;
const verified = 0x04;
const attested = 0x40;

export class Authenticator {
  readonly id = randomBytes(16);
  readonly #key: KeyObject;
  readonly #point: Buffer;
  readonly #origin: string;
  #userHandle = "";
  /** 0: counts none, as passkeys that are copied between devices do. */
  counter: number;

  constructor(origin: string, counter = 0) {
    this.#origin = origin;
    this.counter = counter;
    const { privateKey, publicKey } = generateKeyPairSync("ec", { namedCurve: "P-256" });
    this.#key = privateKey;
    const { x = "", y = "" } = publicKey.export({ format: "jwk" });
    this.#point = Buffer.concat([Buffer.from(x, "base64url"), Buffer.from(y, "base64url")]);
  }

  get credentialId(): string {
    return this.id.toString("base64url");
  }

  make(asked: PasskeyCreation, faults: Faults = {}): NewPasskey {
    this.#userHandle = asked.user.id;
    const { fmt = "none" } = faults;
    const [x, y] = [this.#point.subarray(0, 32), this.#point.subarray(32)];
    const key = cbor(
      new Map<Value, Value>([
        [1, 2],
        [3, -7],
        [-1, 1],
        [-2, x],
        [-3, y],
      ]),
    );
    const length = Buffer.alloc(2);
    length.writeUInt16BE(this.id.length);
    const credential = Buffer.concat([Buffer.alloc(16), length, this.id, key]);
    const authData = Buffer.concat([this.#head(faults.rpId ?? asked.rp.id, attested, faults), credential]);
    const attestation = cbor(
      new Map<Value, Value>([
        ["fmt", fmt],
        ["attStmt", new Map()],
        ["authData", authData],
      ]),
    );
    return {
      id: this.credentialId,
      response: {
        clientDataJSON: this.#clientData("webauthn.create", asked.challenge, faults),
        attestationObject: attestation.toString("base64url"),
        transports: ["internal"],
      },
    };
  }

  answer(asked: PasskeyRequest, faults: Faults = {}): PasskeyAnswer {
    if (this.counter > 0) this.counter++;
    const authData = this.#head(faults.rpId ?? asked.rpId, 0, faults);
    const clientDataJSON = this.#clientData("webauthn.get", asked.challenge, faults);
    const hash = createHash("sha256").update(Buffer.from(clientDataJSON, "base64url")).digest();
    const signed = faults.isForged === true ? Buffer.alloc(37) : authData;
    const signature = createSign("sha256")
      .update(Buffer.concat([signed, hash]))
      .sign(this.#key);
    return {
      id: this.credentialId,
      response: {
        clientDataJSON,
        authenticatorData: authData.toString("base64url"),
        signature: signature.toString("base64url"),
        userHandle: this.#userHandle,
      },
    };
  }

  #head(rpId: string, flags: number, { isUnverified, counter = this.counter }: Faults): Buffer {
    const head = Buffer.alloc(37);
    createHash("sha256").update(rpId).digest().copy(head);
    head.writeUInt8(present | flags | (isUnverified === true ? 0 : verified), 32);
    head.writeUInt32BE(counter, 33);
    return head;
  }

  #clientData(type: string, challenge: string, faults: Faults): string {
    const data = {
      type: faults.type ?? type,
      challenge: faults.challenge ?? challenge,
      origin: faults.origin ?? this.#origin,
      crossOrigin: faults.isFramed === true,
    };
    return Buffer.from(JSON.stringify(data)).toString("base64url");
  }
}

type Value = number | string | Uint8Array | Map<Value, Value>;

/** As much of CBOR as a passkey is written in. */
function cbor(value: Value): Buffer {
  if (typeof value === "number") return value >= 0 ? head(0, value) : head(1, -1 - value);
  if (typeof value === "string") return Buffer.concat([head(3, Buffer.byteLength(value)), Buffer.from(value)]);
  if (value instanceof Uint8Array) return Buffer.concat([head(2, value.length), value]);
  return Buffer.concat([head(5, value.size), ...[...value].flatMap(([key, each]) => [cbor(key), cbor(each)])]);
}

function head(kind: number, n: number): Buffer {
  if (n < 24) return Buffer.from([(kind << 5) | n]);
  if (n < 256) return Buffer.from([(kind << 5) | 24, n]);
  return Buffer.from([(kind << 5) | 25, n >> 8, n & 255]);
}
