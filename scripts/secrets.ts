/** The secrets of a local server: made once, kept in its state folder, readable by its owner alone. */
import { randomBytes } from "node:crypto";
import { closeSync, fsyncSync, mkdirSync, openSync, readFileSync, renameSync, writeSync } from "node:fs";
import { join } from "node:path";
import webPush from "web-push";

export interface Secrets extends Record<string, string> {
  readonly TOKEN_SECRET: string;
  readonly ID_SECRET: string;
  readonly VAPID_PUBLIC_KEY: string;
  readonly VAPID_PRIVATE_KEY: string;
}

export function makeSecrets(): Secrets {
  const vapid = webPush.generateVAPIDKeys();
  return {
    TOKEN_SECRET: randomBytes(32).toString("base64url"),
    ID_SECRET: randomBytes(32).toString("base64url"),
    VAPID_PUBLIC_KEY: vapid.publicKey,
    VAPID_PRIVATE_KEY: vapid.privateKey,
  };
}

export function secretsOf(stateFolder: string): Secrets {
  const file = join(stateFolder, "secrets.json");
  try {
    const kept: Secrets = JSON.parse(readFileSync(file, "utf8"));
    return kept;
  } catch (error) {
    // Anything but "no such file" must not lead to new secrets: they would sign everybody out and orphan every id.
    if (!(error instanceof Error && "code" in error && error.code === "ENOENT")) throw error;
  }
  const made = makeSecrets();
  mkdirSync(stateFolder, { recursive: true });
  writeWhole(file, `${JSON.stringify(made, null, 2)}\n`, 0o600);
  return made;
}

/** A crash leaves the old file or the new one, never half of it. */
export function writeWhole(file: string, text: string, mode: number): void {
  const next = `${file}.next`;
  const handle = openSync(next, "w", mode);
  try {
    writeSync(handle, text);
    fsyncSync(handle);
  } finally {
    closeSync(handle);
  }
  renameSync(next, file);
}
