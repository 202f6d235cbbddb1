/**
 * Owns the one function behind all doors: the commands of members on messages. All commands of a turn are done together, in one transaction. If it fails,
 * each command is done again by itself, so that one that always fails harms no other.
 * Nothing is acked or broadcast before the transaction is done; the output gate holds acks and frames back until it is durable.
 */
import { notFound, refuse } from "../../../schema/errors.ts";
import type { Actor } from "../../contract/actor.ts";
import type { Command, CommandAnswer } from "../../contract/command.ts";
import type { Awake } from "../../shared/meters/awake.ts";
import { logFault } from "../../shared/platform/log.ts";
import type { StorageRoom } from "../../shared/meters/storage-room.ts";
import { Turn } from "../../shared/platform/turn.ts";
import type { LiveSockets } from "../../shared/sockets/live-sockets.ts";
import type { Sealing } from "../sealing/sealing.ts";
import { addEffects, type Effects, noEffects } from "../effects.ts";
import type { LiveHost } from "../live/live-turn.ts";
import type { Publisher } from "../publisher.ts";
import type { Sent } from "../messages/sent.ts";
import type { Store } from "../store.ts";
import type { Writes } from "../writes.ts";
import { Applying, type ApplyingParts } from "./applying.ts";
import { type Away, type Job, WaitingJobs } from "./waiting-jobs.ts";

/** From so many live sockets on, the frames of a turn cost more than a timer by which several messages share them; and so much that the next turn waits until they are out. */
const sockets = { gathered: 32, heavy: 500 } as const;

/** For an unknown outcome. */
export const failed: CommandAnswer = refuse("internal", "something failed here; repeat it with the same clientId");

export class Commands {
  readonly #store: Store;
  readonly #sent: Sent;
  readonly #writes: Writes;
  readonly #room: StorageRoom;
  readonly #publisher: Publisher;
  readonly #sealing: Sealing;
  readonly #audience: Pick<LiveHost, "count">;
  readonly #applying: Applying;
  readonly #turn: Turn;
  #jobs: Job[] = [];
  readonly #waiting: WaitingJobs;

  constructor(
    parts: ApplyingParts & {
      writes: Writes;
      publisher: Publisher;
      awake: Awake;
      audience: Pick<LiveHost, "count">;
      sockets: Pick<LiveSockets, "sent">;
    },
  ) {
    const { sockets: own } = parts;
    this.#turn = new Turn(
      () => this.#drain(),
      "commits",
      () => own.sent,
    );
    this.#store = parts.store;
    this.#sent = parts.sent;
    this.#writes = parts.writes;
    this.#room = parts.room;
    this.#publisher = parts.publisher;
    this.#sealing = parts.sealing;
    this.#audience = parts.audience;
    this.#applying = new Applying(parts);
    this.#waiting = new WaitingJobs(parts, (jobs) => {
      this.#jobs = [...jobs, ...this.#jobs];
      this.#turn.request();
    });
  }

  /** Receives commands. `answer` is called when they are committed, with one answer for each, in order. */
  submit(actor: Actor, commands: readonly Command[], answer: (answers: CommandAnswer[]) => void): void {
    this.#jobs.push({ actor, commands, answers: [], refusal: undefined, answer });
    const { count } = this.#audience;
    this.#turn.request(count >= sockets.gathered, count >= sockets.heavy);
  }

  #drain(): void {
    const jobs = this.#jobs.filter((job) => !this.#waiting.joins(job));
    this.#jobs = [];
    if (this.#store.state === undefined) {
      for (const job of jobs) job.answer(job.commands.map(() => notFound));
      return;
    }
    const effects = noEffects();
    const before = jobs.map((job) => job.answers.length);
    try {
      this.#writes.commit((tx, state) => {
        for (const job of jobs)
          this.#work(job, (command) => this.#applying.apply(tx, state, job.actor, command, effects));
      });
    } catch (error) {
      logFault("commit", error, { jobs: jobs.length });
      Object.assign(effects, noEffects());
      for (const [index, job] of jobs.entries()) {
        job.answers.length = before[index] ?? 0;
        this.#waiting.takeBack(job);
        this.#work(job, (command) => this.#alone(job.actor, command, effects));
      }
    }
    for (const job of jobs) if (job.answers.length === job.commands.length) job.answer(job.answers);
    this.#applying.endTurn();
    // This comes after all answers, so that they share frames with the published items.
    this.#publisher.publish(effects);
    this.#record();
    this.#sealing.look();
  }

  /** Does the commands of a job in order. If one needs a segment of the archive, it and the rest of the job wait. */
  #work(job: Job, apply: (command: Command) => CommandAnswer | Away): void {
    if (this.#waiting.joins(job)) return;
    for (const command of job.commands.slice(job.answers.length)) {
      const answer: CommandAnswer | Away =
        job.refusal === undefined ? apply(command) : { ok: false, refusal: job.refusal };
      job.refusal = undefined;
      if ("away" in answer) {
        this.#waiting.wait(job, answer);
        return;
      }
      job.answers.push(answer);
    }
  }

  /** Records the clientIds of sends. If that fails, a later turn does it; until then the messages' rows have them. */
  #record(): void {
    try {
      this.#sent.record(this.#store.state?.head.seq ?? 0, (tx) => this.#store.watermarks.writeOwn(tx));
    } catch (error) {
      logFault("record of sends", error, {});
    }
  }

  /** In a transaction of its own. */
  #alone(actor: Actor, command: Command, effects: Effects): CommandAnswer | Away {
    const own = noEffects();
    try {
      const answer: CommandAnswer | Away =
        this.#writes.commit((tx, state) => this.#applying.apply(tx, state, actor, command, own)) ?? notFound;
      addEffects(effects, own);
      return answer;
    } catch (error) {
      logFault("command", error, { command: command.do, userId: actor.userId });
      const refusal = this.#room.faultOf(error);
      return refusal === undefined ? failed : { ok: false, refusal };
    }
  }
}
