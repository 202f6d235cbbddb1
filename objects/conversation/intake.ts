/**
 * Owns what is let in to the commands, whichever door it comes by: what asks too much is refused before it is looked at, and receipts that
 * come too fast wait and become one, for a watermark must not be lost.
 */
import type { UserId } from "../../schema/ids.ts";
import type { Commands } from "./messages/commands.ts";
import type { Actor, Command, CommandAnswer } from "./contract.ts";
import type { Throttle } from "./throttle.ts";

type Receipt = Extract<Command, { do: "receipt" }>;
type Answer = (answer: CommandAnswer) => void;

/** Receipts of one user that wait together. */
type Late = { receipt: Receipt; answers: Answer[] };

const noAnswer: CommandAnswer = {
  ok: false,
  refusal: { code: "internal", detail: "something failed here; repeat it with the same clientId" },
};

export class Intake {
  readonly #commands: Commands;
  readonly #throttle: Throttle;
  readonly #late = new Map<UserId, Late>();

  constructor(parts: { commands: Commands; throttle: Throttle }) {
    this.#commands = parts.commands;
    this.#throttle = parts.throttle;
  }

  /** Takes commands in; the answers come when they are committed, one each, in order, and together. */
  submit(actor: Actor, commands: readonly Command[], answer: (answers: CommandAnswer[]) => void): void {
    const answers: CommandAnswer[] = commands.map(() => noAnswer);
    const through: { command: Command; index: number }[] = [];
    let awaited = 1;
    const settle = (): void => {
      if (--awaited === 0) answer(answers);
    };
    for (const [index, command] of commands.entries()) {
      if (command.do === "receipt") {
        const waitMs = this.#lateMs(actor.userId);
        if (waitMs === 0) through.push({ command, index });
        else {
          awaited++;
          this.#wait(actor, command, waitMs, (given) => {
            answers[index] = given;
            settle();
          });
        }
        continue;
      }
      const refusal = this.#throttle.refusalToLook(actor.userId);
      if (refusal === undefined) through.push({ command, index });
      // That somebody types is of no worth a moment later: it is dropped, not refused.
      else if (command.do === "typing") answers[index] = { ok: true, did: "typing" };
      else answers[index] = { ok: false, refusal };
    }
    // Even where nothing is left: answers go out at the end of a turn.
    this.#commands.submit(
      actor,
      through.map(({ command }) => command),
      (given) => {
        for (const [at, { index }] of through.entries()) answers[index] = given[at] ?? noAnswer;
        settle();
      },
    );
  }

  #lateMs(userId: UserId): number {
    return this.#late.has(userId) ? 1 : this.#throttle.receiptWaitMs(userId);
  }

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
        for (const answered of late.answers) answered(given ?? noAnswer);
      });
    }, waitMs);
  }
}

function higher(a: number | null, b: number | null): number | null {
  return a === null ? b : b === null ? a : Math.max(a, b);
}
