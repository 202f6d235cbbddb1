/**
 * `npm run messages`: collects the texts of the web app into the catalogs, where the translators find them. With `--check` it writes nothing
 * and fails if a catalog differs from the source. The languages that the build makes from English have no texts of their own.
 */
import { spawnSync } from "node:child_process";
import { locales, pseudoLocales } from "../web/texts/locales.ts";
import { binOf, root } from "./build.ts";

const written = Object.keys(locales).filter((locale) => !pseudoLocales.some((pseudo) => pseudo === locale));
// One file after the other: starting workers takes longer than the work.
const shared = ["--config", "web/lingui.config.ts", "--clean", "--workers", "1"];
const isCheck = process.argv.includes("--check");
const command = isCheck
  ? ["check", "sync", "--locale", written.join(","), "--verbose"]
  : ["extract", "--locale", written.join(",")];
const done = spawnSync(process.execPath, [binOf("@lingui/cli", "lingui"), ...command, ...shared], {
  cwd: root,
  stdio: "inherit",
});
if (isCheck && done.status !== 0) process.stderr.write("`npm run messages` brings the catalogs up to date.\n");
process.exit(done.status ?? 1);
