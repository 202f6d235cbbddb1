/** Invites over HTTP. */
import { describe, expect, inject, test } from "vitest";
import { ask, type HttpPerson, signUp } from "../rig/server/http.ts";

const url = inject("systemUrl");

/** Three strangers. */
async function cast(): Promise<[HttpPerson, HttpPerson, HttpPerson]> {
  const [ana, bo, cy] = await Promise.all(["ana", "bo", "cy"].map((name) => signUp(url, name)));
  if (ana === undefined || bo === undefined || cy === undefined) throw new Error("nobody signed up");
  return [ana, bo, cy];
}

describe("invites", () => {
  test("[M7] [M9] [M10] [M35] are previewed, accepted, counted, listed and deleted, and end with their maker's membership", async () => {
    const [me, two, three] = await cast();
    const id = await me.group([]);
    const invite = await me.must<{ code: string }>(201, "POST", `/v1/conversations/${id}/invites`, {
      usesMax: 1,
      expiresInMs: 60_000,
    });
    expect(invite).toMatchObject({ usesLeft: 1, expiresAt: expect.any(Number) });
    expect(await two.must(200, "GET", `/v1/invites/${invite.code}`)).toEqual({ title: "Group", memberCount: 1 });
    // Somebody who has not signed in is told no more, and needs the code.
    const openly = await ask(url, "GET", `/v1/invites/${invite.code}/preview`);
    expect([openly.status, openly.body]).toEqual([200, { title: "Group", memberCount: 1 }]);
    expect((await ask(url, "GET", `/v1/invites/${invite.code}x/preview`)).status).toBe(404);
    await me.must(200, "POST", `/v1/invites/${invite.code}/accept`);
    const raced = await Promise.all(
      [two, three].map((person) => person.ask("POST", `/v1/invites/${invite.code}/accept`)),
    );
    expect(raced.map(({ status }) => status).toSorted((a, b) => a - b)).toEqual([200, 404]);
    const open = await me.must<{ code: string; usesLeft: null }>(201, "POST", `/v1/conversations/${id}/invites`);
    expect(open.usesLeft).toBeNull();
    await me.must(204, "DELETE", `/v1/invites/${open.code}`);
    await three.must(404, "GET", `/v1/invites/${open.code}`);
    await three.must(404, "GET", "/v1/invites/no.such");

    await me.must(200, "PUT", `/v1/conversations/${id}/members/${two.id}`);
    const ofTwo = await two.must<{ id: string; code: string }>(201, "POST", `/v1/conversations/${id}/invites`);
    const listed = await me.must(200, "GET", `/v1/conversations/${id}/invites?limit=5`);
    expect(listed).toEqual({
      invites: [
        {
          id: ofTwo.id,
          createdBy: two.id,
          createdAt: expect.any(Number),
          expiresAt: null,
          usesLeft: null,
          mayGrow: false,
        },
      ],
      cursor: null,
    });
    await two.must(204, "DELETE", `/v1/conversations/${id}/members/${two.id}`);
    await three.must(404, "GET", `/v1/invites/${ofTwo.code}`);
    await three.must(404, "POST", `/v1/invites/${ofTwo.code}/accept`);
  });
});
