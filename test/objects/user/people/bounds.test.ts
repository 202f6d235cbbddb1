/** How many contacts and blocks an account has at most, and how long previews of messages are. */
import { runInDurableObject } from "cloudflare:test";
import { env } from "cloudflare:workers";
import { expect, test } from "vitest";
import { limits } from "../../../../schema/limits.ts";
import { codeOf, evict, signUp, type TestAccount, valueOf } from "../../../rig/objects/accounts.ts";
import { member } from "../../../rig/objects/inbox/inboxes.ts";
import { foundDm, send } from "../../../rig/objects/people.ts";

/** Rows as if so many had been put already. */
const fill = (account: TestAccount, sql: string, count: number) =>
  runInDurableObject(env.USERS.getByName(account.id), (_object, state) => {
    const ids = JSON.stringify(Array.from({ length: count }, (_, n) => `u_${n}`));
    state.storage.sql.exec(sql, ids);
  });

test("contacts and blocks are so many and no more; one taken out makes room", async () => {
  const [ana, bo, cy] = [await signUp("ana"), await signUp("bo"), await signUp("cy")];
  const contacts =
    "INSERT INTO contacts (user_id, face, made_at, put_at, put_stamp, puts_stamp) SELECT value, '{}', 1, 1, 1, 0 FROM json_each(?)";
  await fill(ana, contacts, limits.contactsMax - 1);
  const blocks = "INSERT INTO blocks (user_id, face, made_at) SELECT value, '{}', 1 FROM json_each(?)";
  await fill(ana, blocks, limits.blocksMax - 1);
  await evict(ana.id);

  expect(codeOf(await ana.calls.putContact(bo.user))).toBe("true");
  expect(codeOf(await ana.calls.putContact(cy.user))).toBe("conflict");
  // Whoever is there already can be put again.
  expect(codeOf(await ana.calls.putContact(bo.user))).toBe("true");
  valueOf(await ana.calls.deleteContact(bo.id));
  expect(codeOf(await ana.calls.putContact(cy.user))).toBe("true");

  expect(codeOf(await ana.calls.putBlock(bo.user))).toBe("true");
  expect(codeOf(await ana.calls.putBlock(cy.user))).toBe("conflict");
  expect(codeOf(await ana.calls.putBlock(bo.user))).toBe("true");
  valueOf(await ana.calls.deleteBlock(bo.id));
  expect(codeOf(await ana.calls.putBlock(cy.user))).toBe("true");
});

test("a preview is the first 200 code points of a message, none of them cut in two", async () => {
  const [ana, bo] = [await member("ana"), await member("bo")];
  const id = await foundDm(ana, bo);
  await send(id, ana, "🦜".repeat(limits.previewCodePointsMax + 1));
  await expect
    .poll(async () => valueOf(await bo.calls.summaries(undefined, 10)).conversations[0]?.lastMessage?.preview)
    .toBe("🦜".repeat(limits.previewCodePointsMax));
});
