import { expect, it } from "vitest";
import { memoryStorage, type Storage } from "../../../client/index.ts";
import { StandInStorage } from "../../../client/storage/storage-stand-in.ts";
import { FakeServer, refused, type Answer } from "../../rig/client/fake-fetch.ts";
import { restartableParley } from "../../rig/client/restartable-parley.ts";
import { settled, WoundClock } from "../../rig/wound-clock.ts";

const server = () =>
  new FakeServer(({ path, body }): Answer => {
    const { handle = "" } = typeof body === "object" ? (body as { handle?: string }) : {};
    if (path !== "/v1/accounts") return refused("unavailable");
    const user = { id: `u.${handle}`, handle, name: "", bio: "", avatarUrl: null };
    const device = { id: "d1", name: "", platform: "" };
    const tokens = { accessToken: "access", accessTokenExpiresAt: 1e15, refreshToken: "refresh", deviceSecret: "s" };
    return { status: 201, body: { user, device, ...tokens } };
  });

it("[W17] a program that began while its storage did not answer has the sessions of it as soon as it answers", async () => {
  const inner = memoryStorage();
  const other = restartableParley(server(), new WoundClock(), inner).start();
  await other.signUp({ handle: "ana", password: "a good password" });
  const waiting: (() => void)[] = [];
  let isLate = true;
  const late: Storage = {
    ...inner,
    list: async (range, options) => {
      if (isLate) await new Promise<void>((resolve) => waiting.push(resolve));
      return await inner.list(range, options);
    },
  };
  const storage = new StandInStorage(late, { waitMs: 5, isLost: () => false, onTrouble: () => undefined });
  const parley = restartableParley(server(), new WoundClock(), storage).start();
  await parley.ready;
  expect(parley.accounts.getSnapshot()).toEqual([]);
  const bo = await parley.signUp({ handle: "bo", password: "a good password" });
  // A third account, which another tab signs in meanwhile.
  await other.signUp({ handle: "cy", password: "a good password" });
  isLate = false;
  for (const answer of waiting) answer();
  const names = () => parley.accounts.getSnapshot().map(({ userId }) => userId);
  await expect.poll(() => names().toSorted()).toEqual(["u.ana", "u.bo", "u.cy"]);
  expect(parley.accounts.getSnapshot()).toContain(bo);
  await settled();
  expect(names()).toHaveLength(3);
  parley.close();
  other.close();
});
