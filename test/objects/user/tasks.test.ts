/** What tasks promise: each is tried at once, and again with growing waits until it is done; it is tried once more if it was requested meanwhile; urgent ones go first. */
import { runInDurableObject } from "cloudflare:test";
import { env } from "cloudflare:workers";
import { expect, test } from "vitest";
import { Alarms } from "../../../objects/shared/platform/alarms.ts";
import { now } from "../../../objects/shared/platform/clock.ts";
import { Database } from "../../../objects/shared/platform/database.ts";
import { mintUserId } from "../../../objects/shared/identity/mint.ts";
import { type TaskEffect, TaskList, urgencies } from "../../../objects/shared/tasks/task-list.ts";
import { type TaskHandlers, Tasks } from "../../../objects/shared/tasks/tasks.ts";
import type { TaskKind } from "../../../objects/user/user-tasks.ts";
import { wind } from "../../rig/objects/accounts.ts";

type Rig = {
  tasks: Tasks<TaskKind>;
  request: (kind: TaskKind, subjects: string[], urgency?: number) => void;
  left: () => { subject: string; tries: number; dueAt: number }[];
  alarmAt: () => number | undefined;
};

/** Tasks in an object's own store, with a handler of the test's instead of other objects. */
async function withTasks(
  handle: (kind: TaskKind, subject: string) => Promise<boolean>,
  work: (rig: Rig) => Promise<void>,
): Promise<void> {
  await runInDurableObject(env.USERS.getByName(mintUserId(env.ID_SECRET)), async (_, state) => {
    const db = new Database<TaskEffect>(state.storage, () => tasks.requested());
    const alarms = new Alarms(state.storage, db);
    const handlers: TaskHandlers<TaskKind> = {
      deviceRevoked: (subject) => handle("deviceRevoked", subject),
      contact: (subject) => handle("contact", subject),
      profile: (subject) => handle("profile", subject),
      releaseHandle: (subject) => handle("releaseHandle", subject),
      personChanged: (subject) => handle("personChanged", subject),
      requestEnded: (subject) => handle("requestEnded", subject),
      eraseFrom: (subject) => handle("eraseFrom", subject),
      liveDevices: (subject) => handle("liveDevices", subject),
    };
    const tasks = new Tasks<TaskKind>(db, alarms, handlers);
    const list = new TaskList<TaskKind>(alarms);
    await work({
      tasks,
      request: (kind, subjects, urgency) => db.transact((tx) => list.request(tx, kind, subjects, urgency)),
      left: () =>
        db
          .all<{ subject: string; tries: number; due_at: number }>(
            "SELECT subject, tries, due_at FROM tasks ORDER BY subject",
          )
          .map((row) => ({ subject: row.subject, tries: row.tries, dueAt: row.due_at })),
      alarmAt: () => alarms.get("tasks")?.dueAt,
    });
  });
}

test("a task that is done leaves neither a row nor an alarm", async () => {
  const told: string[] = [];
  await withTasks(
    async (_, subject) => told.push(subject) > 0,
    async ({ tasks, request, left, alarmAt }) => {
      request("contact", ["a", "b"]);
      expect(alarmAt()).toBeGreaterThan(0);
      await tasks.settle();
      expect(told.sort()).toEqual(["a", "b"]);
      expect([left(), alarmAt()]).toEqual([[], undefined]);
    },
  );
});

test("[A13] what fails is tried again later and later, and never given up", async () => {
  let tries = 0;
  await withTasks(
    async () => {
      tries++;
      if (tries % 2 === 0) throw new Error("the other side is away");
      return tries > 40;
    },
    async ({ tasks, request, left, alarmAt }) => {
      request("profile", [""]);
      await tasks.settle();
      const waits: number[] = [];
      while (left().length > 0) {
        const [task] = left();
        const waitMs = (task?.dueAt ?? 0) - now();
        waits.push(waitMs);
        expect(task?.tries).toBe(tries);
        expect(alarmAt()).toBe(task?.dueAt);
        await tasks.alarmHandlers.tasks();
        expect(tries).toBe(waits.length);
        wind(waitMs);
        await tasks.alarmHandlers.tasks();
      }
      expect(tries).toBe(41);
      expect(waits[0]).toBeLessThanOrEqual(500);
      expect(Math.min(...waits.slice(10))).toBeGreaterThanOrEqual(29_000);
      expect(Math.max(...waits)).toBeLessThanOrEqual(60_000);
      expect(alarmAt()).toBeUndefined();
    },
  );
});

test("[A13] a task that is asked for while it is tried is tried once more, never twice at a time", async () => {
  let running = 0;
  let most = 0;
  let tries = 0;
  await withTasks(
    async () => {
      most = Math.max(most, ++running);
      tries++;
      await new Promise((resolve) => setTimeout(resolve, 20));
      running--;
      return true;
    },
    async ({ tasks, request, left }) => {
      request("personChanged", ["c"]);
      const settled = tasks.settle();
      for (let n = 0; n < 5; n++) request("personChanged", ["c"]);
      await settled;
      expect([tries, most, left()]).toEqual([2, 1, []]);
    },
  );
});

test("many go a few at a time, and what is urgent waits for none of them", async () => {
  const began: string[] = [];
  let release = () => {};
  const gate = new Promise<void>((resolve) => (release = resolve));
  await withTasks(
    async (kind, subject) => {
      began.push(subject);
      if (kind === "personChanged") await gate;
      return true;
    },
    async ({ tasks, request, left }) => {
      const many = Array.from({ length: 1_200 }, (_, i) => `c${i}`);
      request("personChanged", many, urgencies.later);
      await tasks.settle(10);
      expect(began).toHaveLength(25);
      request("deviceRevoked", ["d c"], urgencies.now);
      await tasks.settle(10);
      expect(began.at(-1)).toBe("d c");
      release();
      await tasks.settle(10_000);
      expect(began).toHaveLength(1_201);
      expect(new Set(began).size).toBe(1_201);
      expect(left()).toEqual([]);
    },
  );
});
