/** The SDK reads the history of a conversation as the objects have it: by windows, beside the timeline. */
import { evictAllDurableObjects } from "cloudflare:test";
import { afterEach, expect, test } from "vitest";
import { type Account, createParley, type HistoryWindow, memoryStorage, type Parley } from "../../../client/index.ts";
import { BadNetwork } from "../../rig/objects/bad-network.ts";
import { seeded } from "../../rig/random.ts";

const password = "correct horse battery";
const open: Parley[] = [];
afterEach(() => {
  for (const parley of open.splice(0)) parley.close();
});

async function person(handle: string): Promise<Account> {
  const { fetch, WebSocket } = new BadNetwork(seeded(1));
  const parley = createParley({ baseUrl: "http://parley.test", fetch, WebSocket, storage: memoryStorage() });
  open.push(parley);
  const account = await parley.signUp({ handle, password });
  await account.whenOnline();
  return account;
}

const textsOf = (window: HistoryWindow) =>
  window.getSnapshot().entries.flatMap((entry) => (entry.kind === "message" ? [entry.message.text] : []));

test("[C22] [C23] a window opens at an old message and follows what becomes of it; the whole is verified", async () => {
  const [ana, bo] = [await person("ana.window"), await person("bo.window")];
  const { id } = await ana.createGroup({ title: "all", memberIds: [bo.userId], policy: { history: "joined" } });
  const [mine, theirs] = [ana.conversation(id), bo.conversation(id)];
  for (let i = 1; i <= 150; i++) await mine.send(`line ${i}`);
  await theirs.load();
  await expect.poll(() => theirs.timeline.getSnapshot()).toMatchObject({ isStale: false, headSeq: 150 });
  await expect.poll(() => theirs.timeline.getSnapshot().entries.at(-1)?.kind).toBe("message");
  const timeline = theirs.timeline.getSnapshot();
  await evictAllDurableObjects();
  const window = theirs.window({ around: 40 });
  const told: string[][] = [];
  const end = window.subscribe(() => told.push(textsOf(window)));
  await window.load();
  expect(textsOf(window)).toContain("line 40");
  expect(theirs.timeline.getSnapshot()).toBe(timeline);
  await mine.edit(40, "another line");
  await mine.unsend(41);
  await expect.poll(() => told.at(-1)).toContain("another line");
  await expect.poll(() => told.at(-1)).not.toContain("line 41");
  while (await window.before());
  while (await window.after());
  expect(textsOf(window)).toHaveLength(150);
  await expect(theirs.window({ around: 151 }).load()).rejects.toMatchObject({ code: "not_found" });
  // Who joins late sees nothing from before.
  const cy = await person("cy.window");
  await mine.addMember(cy.userId);
  await mine.send("welcome");
  await expect(cy.conversation(id).window({ around: 40 }).load()).rejects.toMatchObject({ code: "not_found" });
  const welcome = cy.conversation(id).window({ around: 151 });
  await welcome.load();
  expect(textsOf(welcome)).toEqual(["welcome"]);
  expect(welcome.getSnapshot()).toMatchObject({ hasBefore: false, hasAfter: false });
  end();
  // Edits, unsends and evictions leave the chain as it is.
  expect(await theirs.verifyAll()).toEqual({ first: 1, verified: 151, headSeq: 151, isSound: true, differing: [] });
  expect(await cy.conversation(id).verifyAll()).toMatchObject({ first: 151, verified: 151, isSound: true });
}, 120_000);
