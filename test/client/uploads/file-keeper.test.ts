import { expect, it } from "vitest";
import { memoryStorage } from "../../../client/index.ts";
import { aloneLocks } from "../../../client/storage/locks.ts";
import { FileKeeper } from "../../../client/uploads/file-keeper.ts";
import { settled, WoundClock } from "../../rig/wound-clock.ts";

it("[C30] deletes the files of instances that are gone, and neither those that a message names nor those that another tab is storing", async () => {
  const storage = memoryStorage();
  const locks = { ...aloneLocks(), alive: () => Promise.resolve(new Set(["mine", "other"])) };
  const keeper = new FileKeeper({ storage, locks, clock: new WoundClock(), userId: "ana" });
  for (const folder of ["other/a", "mine/a", "gone/a", "gone/named"]) await keeper.keep(folder, "0", new Blob(["x"]));
  await keeper.dropOrphans(() => Promise.resolve(new Set(["gone/named"])));
  const left = (await storage.blobs?.keys({ from: "", to: "~" })) ?? [];
  expect(left.map((key) => key.split("/").slice(-3).join("/"))).toEqual(["gone/named/0", "mine/a/0", "other/a/0"]);
});

it("[C30] does not wait for ever for a database that does not answer", async () => {
  const inner = memoryStorage();
  const put = () => new Promise<void>(() => undefined);
  const storage = { ...inner, blobs: inner.blobs === undefined ? undefined : { ...inner.blobs, put } };
  const clock = new WoundClock();
  const keeper = new FileKeeper({ storage, locks: aloneLocks(), clock, userId: "ana" });
  const kept = keeper.keep("mine/a", "0", new Blob(["x"]));
  await clock.wind(30_000);
  expect(await kept).toBe(false);
  await settled();
  expect(clock.pending).toBe(0);
});
