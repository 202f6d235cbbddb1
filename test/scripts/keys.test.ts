/** `npm run keys` prints a pair that fits together, a new one each time, and says how to set it. */
import { spawnSync } from "node:child_process";
import { createECDH } from "node:crypto";
import { join } from "node:path";
import { expect, test } from "vitest";
import { root } from "../../scripts/build.ts";

function printed(): string {
  return spawnSync(process.execPath, [join(root, "scripts/push/keys.ts")], { encoding: "utf8" }).stdout;
}

test("a pair of VAPID keys fits together, and is another one each time", () => {
  const texts = [printed(), printed()];
  const pairs = texts.map((text) => ({
    publicKey: /^VAPID_PUBLIC_KEY=([\w-]+)$/m.exec(text)?.[1] ?? "",
    privateKey: /^VAPID_PRIVATE_KEY=([\w-]+)$/m.exec(text)?.[1] ?? "",
  }));
  for (const { publicKey, privateKey } of pairs) {
    const ecdh = createECDH("prime256v1");
    ecdh.setPrivateKey(Buffer.from(privateKey, "base64url"));
    expect(ecdh.getPublicKey().toString("base64url")).toBe(publicKey);
  }
  expect(pairs[0]?.privateKey).not.toBe(pairs[1]?.privateKey);
  expect(texts[0]).toContain("VAPID_OLD_KEYS=");
});
