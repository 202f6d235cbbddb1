/** The pages of a large group's members in a list, while people join, go and change their roles. */
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import type { Member, Page } from "../../../client/index.ts";
import { userId } from "../../../schema/ids.ts";
import { member as memberForm } from "../../../schema/wire/conversation.ts";
import { ServerMembers } from "../../../web/conversation/panel/members/server-members.ts";
import { settled } from "../../rig/wound-clock.ts";

const pageSize = 100;

/** A group on the server: admins first, then by joining, in pages whose cursors are places. */
class Group {
  readonly #joined: { id: number; isAdmin: boolean }[] = [];
  #ids = 0;
  #changes = 0;
  questions = 0;
  isDown = false;

  constructor(count: number) {
    for (let i = 0; i < count; i++) this.join();
  }

  /** What a page knows of the group's state. */
  get asOf(): string {
    return String(this.#changes);
  }
  get ids(): readonly string[] {
    return this.#ordered().map(({ id }) => `m${id}`);
  }

  join(): void {
    this.#changes++;
    this.#joined.push({ id: this.#ids++, isAdmin: false });
  }
  remove(index: number): void {
    this.#changes++;
    this.#joined.splice(index % Math.max(1, this.#joined.length), 1);
  }
  turn(index: number): void {
    this.#changes++;
    const member = this.#joined[index % Math.max(1, this.#joined.length)];
    if (member !== undefined) member.isAdmin = !member.isAdmin;
  }

  readonly ask = (query: string, cursor: string | null): Promise<Page<Member>> => {
    this.questions++;
    if (this.isDown) return Promise.reject(new Error("down"));
    const after = cursor === null ? -1 : Number(cursor);
    const all = this.#ordered().filter((each) => placeOf(each) > after && `m${each.id}`.startsWith(query));
    const items = all.slice(0, pageSize).map(({ id, isAdmin }) => {
      const user = { id: userId.parse(`m${id}`), handle: `m${id}`, name: "", bio: "", avatarUrl: null };
      return memberForm.parse({ user, role: isAdmin ? "admin" : "member", joinedAt: id, delivered: 0, read: 0 });
    });
    const last = all[pageSize - 1];
    return Promise.resolve({
      items,
      cursor: last === undefined || all.length === pageSize ? null : `${placeOf(last)}`,
    });
  };

  #ordered(): { id: number; isAdmin: boolean }[] {
    return this.#joined.toSorted((a, b) => placeOf(a) - placeOf(b));
  }
}

function placeOf({ id, isAdmin }: { id: number; isAdmin: boolean }): number {
  return isAdmin ? id : 1_000_000 + id;
}

const shown = (list: ServerMembers): string[] => list.getSnapshot().members.map(({ user }) => user.id);

/** Scrolls until the row is loaded and in view. */
async function scrolledTo(list: ServerMembers, row: number): Promise<void> {
  for (let last = -1; last < row && last !== shown(list).length - 1;) {
    last = Math.min(row, shown(list).length - 1);
    list.inView(Math.max(0, last - 10), last);
    await settled();
  }
}

async function listOf(group: Group): Promise<ServerMembers> {
  const list = new ServerMembers(group.ask);
  list.want("", group.asOf);
  await settled();
  return list;
}

describe("the list of a large group's members", () => {
  test("[W46] keeps its place and its length far down when somebody joins, and asks for what is in view", async () => {
    const group = new Group(2_000);
    const list = await listOf(group);
    await scrolledTo(list, 1_500);
    const before = shown(list);
    expect(before.length).toBeGreaterThanOrEqual(1_500);
    const questions = group.questions;
    group.join();
    list.want("", group.asOf);
    await settled();
    expect(shown(list)).toEqual(before);
    expect(group.questions - questions).toBeLessThanOrEqual(2);
    await scrolledTo(list, 2_000);
    expect(shown(list)).toEqual(group.ids);
  });

  test("[W46] shows a change far down at once, and who was removed is gone", async () => {
    const group = new Group(900);
    const list = await listOf(group);
    await scrolledTo(list, 700);
    group.remove(695);
    list.want("", group.asOf);
    await settled();
    expect(shown(list)).not.toContain("m695");
    expect(shown(list)[700]).toBe("m701");
  });

  test("shows what a search finds, keeps what is shown until the answer, and says what failed", async () => {
    const group = new Group(300);
    const list = await listOf(group);
    list.want("m29", group.asOf);
    expect([list.getSnapshot().isAnswered, shown(list).length]).toEqual([false, 100]);
    await settled();
    expect(shown(list)).toEqual(["m29", ...Array.from({ length: 10 }, (_, i) => `m29${i}`)]);
    expect(list.getSnapshot()).toMatchObject({ isAnswered: true, hasMore: false, query: "m29" });
    list.want("nobody", group.asOf);
    await settled();
    expect(list.getSnapshot()).toMatchObject({ isAnswered: true, members: [] });
    group.isDown = true;
    list.want("", group.asOf);
    await settled();
    expect(list.getSnapshot()).toMatchObject({ isAnswered: false, members: [], error: new Error("down") });
    const { questions } = group;
    list.inView(0, 10);
    await settled();
    expect(group.questions).toBe(questions);
    group.isDown = false;
    list.want("", `${group.asOf} again`);
    await settled();
    expect(shown(list).length).toBe(100);
  });

  test("[W46] shows every member once and in order, whatever happened to the group, when one has scrolled through it", async () => {
    const step = fc.oneof(
      fc.record({ do: fc.constantFrom("join", "remove", "turn"), at: fc.nat({ max: 500 }) }),
      fc.record({ do: fc.constant("look"), at: fc.nat({ max: 450 }) }),
    );
    const run = async (steps: readonly { do: string; at: number }[]) => {
      const group = new Group(420);
      const list = await listOf(group);
      for (const { do: what, at } of steps) {
        if (what === "join") group.join();
        else if (what === "remove") group.remove(at);
        else if (what === "turn") group.turn(at);
        list.want("", group.asOf);
        if (what === "look") await scrolledTo(list, at);
      }
      // Down to the end and back up, screen by screen.
      for (let pass = 0; pass < 2; pass++)
        for (let row = 0; row <= 520; row += 20) {
          const first = pass === 0 ? row : 520 - row;
          list.inView(first, first + 10);
          await settled();
        }
      expect(shown(list)).toEqual(group.ids);
    };
    await fc.assert(fc.asyncProperty(fc.array(step, { maxLength: 25 }), run), { numRuns: 30 });
  });
});
