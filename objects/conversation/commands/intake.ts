/**
 * Owns the entrance to the commands, for every door. A user who sends too much is refused before anything is read. Receipts that
 * come too fast wait and are merged into one, because a watermark must not be lost.
 */
import type { UserId } from "../../../schema/ids.ts";
import { type Commands, failed } from "./commands.ts";
import type { Actor } from "../../contract/actor.ts";
import type { Command, CommandAnswer } from "../../contract/command.ts";
import type { Throttle } from "../meters/throttle.ts";

type Receipt = Extract<Command, { do: "receipt" }>;
type Answer = (answer: CommandAnswer) => void;

/** Receipts of one user that wait together. */
type Late = { receipt: Receipt; answers: Answer[] };

export class Intake {
  readonly #commands: Commands;
  readonly #throttle: Throttle;
  readonly #late = new Map<UserId, Late>();

  constructor(parts: { commands: Commands; throttle: Throttle }) {
    this.#commands = parts.commands;
    this.#throttle = parts.throttle;
  }

  /** Receives commands. The answers come together when the commands are committed, one for each, in order. */
  submit(actor: Actor, commands: readonly Command[], answer: (answers: CommandAnswer[]) => void): void {
    const answers: CommandAnswer[] = commands.map(() => failed);
    const through: { command: Command; index: number }[] = [];
    let awaited = 1;
    const settle = (): void => {
      if (--awaited === 0) answer(answers);
    };
    for (const [index, command] of commands.entries()) {
      if (command.do === "receipt") {
        const hasLate = this.#late.has(actor.userId);
        const waitMs = hasLate ? 0 : this.#throttle.receiptWaitMs(actor.userId);
        if (!hasLate && waitMs === 0) through.push({ command, index });
        else {
          awaited++;
          this.#wait(actor, command, waitMs, (given) => {
            answers[index] = given;
            settle();
          });
        }
        continue;
      }
      const refusal = this.#throttle.frames.refusalToLook(actor.userId);
      if (refusal === undefined) through.push({ command, index });
      // A typing sign is useless a moment later, so it is dropped and not refused.
      else if (command.do === "typing") answers[index] = { ok: true, did: "typing" };
      else answers[index] = { ok: false, refusal };
    }
    // This also runs if nothing is left to do, because answers are sent at the end of a turn.
    this.#commands.submit(
      actor,
      through.map(({ command }) => command),
      (given) => {
        for (const [at, { index }] of through.entries()) answers[index] = given[at] ?? failed;
        settle();
      },
    );
  }

  /** Joins the receipt that waits, or waits as the first. */
  #wait(actor: Actor, receipt: Receipt, waitMs: number, answer: Answer): void {
    const earlier = this.#late.get(actor.userId);
    if (earlier !== undefined) {
      earlier.answers.push(answer);
      earlier.receipt.delivered = higher(earlier.receipt.delivered, receipt.delivered);
      earlier.receipt.read = higher(earlier.receipt.read, receipt.read);
      return;
    }
    const late: Late = { receipt: { ...receipt }, answers: [answer] };
    this.#late.set(actor.userId, late);
    setTimeout(() => {
      this.#late.delete(actor.userId);
      this.#throttle.receiptWaitMs(actor.userId);
      this.#commands.submit(actor, [late.receipt], ([given]) => {
        for (const answered of late.answers) answered(given ?? failed);
      });
    }, waitMs);
  }
}

function higher(a: number | null, b: number | null): number | null {
  return a === null ? b : b === null ? a : Math.max(a, b);
}
