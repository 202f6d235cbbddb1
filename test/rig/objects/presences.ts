/** Presence for tests in workerd: watching on a sync socket, the frames that it receives, alarms that the test runs, and the content of the tables. */
import { listDurableObjectIds, runDurableObjectAlarm, runInDurableObject } from "cloudflare:test";
import { env } from "cloudflare:workers";
import type { UserId } from "../../../schema/ids.ts";
import type { Presence } from "../../../schema/wire/presence.ts";
import { now } from "../../../objects/shared/platform/clock.ts";
import { wind } from "./accounts.ts";
import { type Member, syncOf } from "./inbox/inboxes.ts";
import type { TestSocket } from "./socket.ts";

let asked = 0;

/** Moves the clock on. Times that the runtime noted before are in an earlier millisecond than those that it notes after. */
export async function pass(ms: number): Promise<void> {
  await scheduler.wait(2);
  wind(ms);
  await scheduler.wait(2);
}

/** A socket that watches, and the presence that it received. */
export class Watching {
  readonly socket: TestSocket;

  constructor(socket: TestSocket) {
    this.socket = socket;
  }

  /** Sends `watch`, and answers the presence in its answer. */
  async say(...members: readonly Pick<Member, "id">[]): Promise<Presence[]> {
    const ref = `watch ${++asked}`;
    this.socket.say({ type: "watch", ref, userIds: members.map(({ id }) => id) });
    const answer = await this.socket.next((frame) => frame["ref"] === ref, "the answer to a watch");
    if (answer.type !== "ok") throw new Error(`refused: ${JSON.stringify(answer)}`);
    return answer["presence"] as Presence[];
  }

  /** Every presence frame that came. */
  get frames(): Presence[][] {
    return this.socket.frames
      .filter((frame) => frame.type === "presence")
      .map((frame) => frame["presence"] as Presence[]);
  }

  /** The presence of a user that the socket received last, in frames or answers. */
  of({ id }: Pick<Member, "id">): Presence | undefined {
    return this.socket.frames
      .flatMap((frame) => (frame["presence"] as Presence[] | undefined) ?? [])
      .findLast((presence) => presence.userId === id);
  }

  async hears(who: Pick<Member, "id">, status: Presence["status"]): Promise<Presence> {
    await this.socket.next(() => this.of(who)?.status === status, `that somebody is ${status}`);
    const told = this.of(who);
    if (told === undefined) throw new Error("told nothing");
    return told;
  }
}

export async function watching(by: Member): Promise<Watching> {
  return new Watching(await syncOf(by));
}

/** The presence that a user sees without watching. */
export async function look(by: Member, who: Pick<Member, "id">): Promise<Presence> {
  const answer = await by.calls.presenceOf([who.id]);
  const [presence] = answer.ok ? answer.value : [];
  if (presence === undefined) throw new Error("no answer");
  return presence;
}

/** Runs a user's platform alarm if one is set, and answers whether it was. */
export function runAlarm({ id }: Pick<Member, "id">): Promise<boolean> {
  return runDurableObjectAlarm(env.USERS.getByName(id));
}

/** Runs a user's alarm if it is due by the wound clock, and answers whether it was. */
export async function runDueAlarm(who: Pick<Member, "id">): Promise<boolean> {
  const isDue = await runInDurableObject(
    env.USERS.getByName(who.id),
    (_, { storage: { sql } }) =>
      sql.exec<{ n: number }>("SELECT COUNT(*) AS n FROM alarms WHERE due_at <= ?", now()).one().n > 0,
  );
  return isDue && (await runAlarm(who));
}

export type Kept = { watchers: UserId[]; watchSets: number; leases: UserId[]; alarms: string[] };

/** What a user's tables have about presence. */
export function keptBy({ id }: Pick<Member, "id">): Promise<Kept> {
  return runInDurableObject(env.USERS.getByName(id), (_, { storage: { sql } }) => {
    const leases = sql.exec<{ leases: string }>("SELECT leases FROM watch_leases").toArray()[0]?.leases ?? "[]";
    return {
      watchers: sql
        .exec<{ user_id: UserId }>("SELECT user_id FROM watchers ORDER BY user_id")
        .toArray()
        .map((row) => row.user_id),
      watchSets: sql.exec<{ n: number }>("SELECT COUNT(*) AS n FROM watch_sets").one().n,
      leases: (JSON.parse(leases) as [UserId, unknown][]).map(([userId]) => userId).toSorted(),
      alarms: sql
        .exec<{ name: string }>("SELECT name FROM alarms ORDER BY name")
        .toArray()
        .map((row) => row.name),
    };
  });
}

/** How many user objects there are: made-up ids must not add to them. */
export async function userObjects(): Promise<number> {
  return (await listDurableObjectIds(env.USERS)).length;
}

/** In how many conversations a user's object believes that there may be live sockets of a device that has no sync socket. */
export function loneLive({ id }: Pick<Member, "id">): Promise<number> {
  return runInDurableObject(
    env.USERS.getByName(id),
    (_, { storage: { sql } }) =>
      sql.exec<{ n: number }>("SELECT COALESCE(SUM(json_array_length(live)), 0) AS n FROM heartbeats").one().n,
  );
}
