/** Owns the files that only the owner of a local server may read: its state folder and the secrets in it, which are made once. */
import { randomBytes } from "node:crypto";
import {
  chmodSync,
  closeSync,
  fchmodSync,
  fsyncSync,
  mkdirSync,
  openSync,
  readFileSync,
  renameSync,
  statSync,
  writeSync,
} from "node:fs";
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
    keepPrivate(file);
    return kept;
  } catch (error) {
    // Only "no such file" may lead to new secrets. New secrets sign everybody out and make every id invalid.
    if (!(error instanceof Error && "code" in error && error.code === "ENOENT")) throw error;
  }
  const made = makeSecrets();
  privateFolder(stateFolder);
  writeWhole(file, `${JSON.stringify(made, null, 2)}\n`);
  return made;
}

/** Makes the folder if it is not there, and closes it to other users of the machine, because it has secrets and everybody's messages. */
export function privateFolder(folder: string): void {
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  keepPrivate(folder);
}

/** Takes all rights from other users, which an earlier version, a copy or a restored backup may have given them. */
export function keepPrivate(path: string): void {
  if (process.platform === "win32") return;
  const { mode } = statSync(path);
  if ((mode & 0o077) === 0) return;
  try {
    chmodSync(path, mode & 0o700);
  } catch {
    process.stderr.write(
      `Other users of this machine can read ${path}. It belongs to another user, who must change that.\n`,
    );
  }
}

/** Writes a file for its owner alone. A crash leaves the old file or the new one, never half of it. */
export function writeWhole(file: string, text: string): void {
  const next = `${file}.next`;
  const handle = openSync(next, "w", 0o600);
  try {
    // A file that a crash left here has kept its own mode.
    fchmodSync(handle, 0o600);
    writeSync(handle, text);
    fsyncSync(handle);
  } finally {
    closeSync(handle);
  }
  renameSync(next, file);
}
