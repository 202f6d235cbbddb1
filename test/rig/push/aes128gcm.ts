/** Decrypts pushes as a browser does, written from RFC 8188 and RFC 8291 with node:crypto alone: what web-push encrypts is not checked by web-push. */
import { createDecipheriv, createECDH, hkdfSync } from "node:crypto";

/** What a browser keeps of its subscription: a key pair on P-256 (uncompressed points) and a secret. */
export type Receiver = { publicKey: Buffer; privateKey: Buffer; auth: Buffer };

const saltBytes = 16;
const tagBytes = 16;

/** The plaintext. @throws if the body is not of this form, or was not encrypted for this receiver. */
export function decryptPush(body: Buffer, { publicKey, privateKey, auth }: Receiver): Buffer {
  // RFC 8188, 2.1: salt (16), record size (4), length of the key id (1), key id. RFC 8291: the key id is the sender's public key.
  const salt = body.subarray(0, saltBytes);
  const recordSize = body.readUInt32BE(saltBytes);
  const idBytes = body.readUInt8(saltBytes + 4);
  const sender = body.subarray(saltBytes + 5, saltBytes + 5 + idBytes);
  const records = body.subarray(saltBytes + 5 + idBytes);
  if (idBytes !== 65) throw new Error(`a sender's key has 65 bytes, not ${idBytes}`);
  // RFC 8291, 4: a push is one record.
  if (records.byteLength > recordSize) throw new Error("a push is one record");

  const ecdh = createECDH("prime256v1");
  ecdh.setPrivateKey(privateKey);
  const shared = ecdh.computeSecret(sender);
  // RFC 8291, 3.4.
  const keyInfo = Buffer.concat([Buffer.from("WebPush: info\0"), publicKey, sender]);
  const input = Buffer.from(hkdfSync("sha256", shared, auth, keyInfo, 32));
  const key = Buffer.from(hkdfSync("sha256", input, salt, Buffer.from("Content-Encoding: aes128gcm\0"), 16));
  const nonce = Buffer.from(hkdfSync("sha256", input, salt, Buffer.from("Content-Encoding: nonce\0"), 12));

  const cipher = createDecipheriv("aes-128-gcm", key, nonce);
  cipher.setAuthTag(records.subarray(-tagBytes));
  const padded = Buffer.concat([cipher.update(records.subarray(0, -tagBytes)), cipher.final()]);
  // The last record ends with a 2 and then zeros.
  let end = padded.byteLength - 1;
  while (padded[end] === 0) end--;
  if (padded[end] !== 2) throw new Error("the padding of the last record begins with 2");
  return padded.subarray(0, end);
}
