/** The test rig's own push service: it is checked against the RFCs, so that what it accepts means something. */
import { createECDH, sign, createPrivateKey } from "node:crypto";
import { expect, test } from "vitest";
import { decryptPush } from "../../rig/push/aes128gcm.ts";
import { checkVapid } from "../../rig/push/vapid-check.ts";

const bytes = (text: string) => Buffer.from(text, "base64url");

/** RFC 8291, section 5 and appendix A. */
const example = {
  publicKey: bytes("BCVxsr7N_eNgVRqvHtD0zTZsEc6-VV-JvLexhqUzORcxaOzi6-AYWXvTBHm4bjyPjs7Vd8pZGH6SRpkNtoIAiw4"),
  privateKey: bytes("q1dXpw3UpT5VOmu_cf_v6ih07Aems3njxI-JWgLcM94"),
  auth: bytes("BTBZMqHH6r4Tts7J_aSIgg"),
  body: bytes(
    "DGv6ra1nlYgDCS1FRnbzlwAAEABBBP4z9KsN6nGRTbVYI_c7VJSPQTBtkgcy27mlmlMoZIIgDll6e3vCYLocInmYWAmS6TlzAC8wEqKK6PBru3jl7A_yl95bQpu6cVPTpK4Mqgkf1CXztLVBSt2Ks3oZwbuwXPXLWyouBWLVWGNWQexSgSxsj_Qulcy4a-fN",
  ),
};

test("[N11] the receiver reads the example of RFC 8291, and nothing that was changed by a bit", () => {
  expect(decryptPush(example.body, example).toString()).toBe("When I grow up, I want to be a watermelon");
  for (const at of [0, 20, 90, example.body.length - 1]) {
    const changed = Buffer.from(example.body);
    changed[at] = (changed[at] ?? 0) ^ 1;
    expect(() => decryptPush(changed, example)).toThrow();
  }
  expect(() => decryptPush(example.body, { ...example, auth: Buffer.alloc(16) })).toThrow();
});

function vapid(claims: object, { alg = "ES256", breaks = false } = {}): string {
  const ecdh = createECDH("prime256v1");
  const point = ecdh.generateKeys();
  const part = (value: object) => Buffer.from(JSON.stringify(value)).toString("base64url");
  const signed = `${part({ typ: "JWT", alg })}.${part(claims)}`;
  const [x, y] = [point.subarray(1, 33).toString("base64url"), point.subarray(33).toString("base64url")];
  const d = ecdh.getPrivateKey().toString("base64url").padStart(43, "A");
  const key = createPrivateKey({ key: { kty: "EC", crv: "P-256", x, y, d }, format: "jwk" });
  const signature = sign("sha256", Buffer.from(breaks ? `${signed}x` : signed), { key, dsaEncoding: "ieee-p1363" });
  return `vapid t=${signed}.${signature.toString("base64url")}, k=${point.toString("base64url")}`;
}

test("[N11] the check of the sender takes a signed token for this service, and no other", () => {
  const at = 1_764_331_200_000;
  const good = { aud: "https://push.test", exp: at / 1_000 + 3_600, sub: "mailto:a@b.example" };
  const check = (header: string) => () => checkVapid(header, "https://push.test", at);
  expect(checkVapid(vapid(good), "https://push.test", at)).toMatchObject({ sub: good.sub, exp: good.exp });
  expect(check(vapid(good, { breaks: true }))).toThrow("signature");
  expect(check(vapid(good, { alg: "none" }))).toThrow("ES256");
  expect(check(vapid({ ...good, aud: "https://push.test/" }))).toThrow("aud");
  expect(check(vapid({ ...good, exp: at / 1_000 - 1 }))).toThrow("over");
  expect(check(vapid({ ...good, exp: at / 1_000 + 90_000 }))).toThrow("24 hours");
  expect(check(vapid({ ...good, sub: "somebody" }))).toThrow("sub");
  expect(check("Bearer x")).toThrow();
});
