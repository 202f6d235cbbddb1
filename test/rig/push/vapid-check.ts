/** Checks who sends a push, as a push service does: written from RFC 8292 with node:crypto alone. */
import { createPublicKey, verify } from "node:crypto";

export type Sender = { publicKey: string; token: string; sub: string; exp: number };

/** @throws if the header does not show, by a valid signature, who sends to the service at `origin`. */
export function checkVapid(authorization: string | undefined, origin: string, nowMs = Date.now()): Sender {
  const [, token = "", publicKey = ""] =
    /^vapid t=([\w-]+\.[\w-]+\.[\w-]+), ?k=([\w-]+)$/.exec(authorization ?? "") ?? [];
  const [head = "", claims = "", signature = ""] = token.split(".");
  const point = Buffer.from(publicKey, "base64url");
  if (point.byteLength !== 65 || point[0] !== 4) throw new Error("k is no uncompressed point");
  if (parse(head)["alg"] !== "ES256") throw new Error("the algorithm is not ES256");
  const [x, y] = [point.subarray(1, 33).toString("base64url"), point.subarray(33).toString("base64url")];
  const key = createPublicKey({ key: { kty: "EC", crv: "P-256", x, y }, format: "jwk" });
  const signed = Buffer.from(`${head}.${claims}`);
  const isSigned = verify("sha256", signed, { key, dsaEncoding: "ieee-p1363" }, Buffer.from(signature, "base64url"));
  if (!isSigned) throw new Error("the signature is not valid");
  const { aud, exp, sub } = parse(claims);
  if (aud !== origin) throw new Error(`aud is ${String(aud)}, not ${origin}`);
  if (typeof exp !== "number" || exp * 1_000 <= nowMs) throw new Error("the token is over");
  if (exp * 1_000 > nowMs + 86_400_000) throw new Error("the token holds longer than 24 hours");
  if (typeof sub !== "string" || !/^(mailto:|https:)/.test(sub)) throw new Error("sub is no address");
  return { publicKey, token, sub, exp };
}

function parse(part: string): Record<string, unknown> {
  return JSON.parse(Buffer.from(part, "base64url").toString());
}
