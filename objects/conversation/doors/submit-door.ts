/** Owns the door of `submit`, by which other objects and the HTTP API bring commands: packed or not. The caller is answered when the commands are committed. */
import type { Actor } from "../../contract/actor.ts";
import {
  type Command,
  type CommandAnswer,
  packAnswers,
  type PackedAnswers,
  type PackedCommands,
  type SubmitAnswer,
  unpackCommands,
} from "../../contract/command.ts";
import type { Awake } from "../../shared/meters/awake.ts";
import type { Alarms } from "../../shared/platform/alarms.ts";
import { atEndOfEvent } from "../../shared/platform/turn.ts";
import type { FanOut } from "../fan-out/fan-out.ts";
import type { Intake } from "../commands/intake.ts";

export class SubmitDoor {
  readonly #alarms: Alarms;
  readonly #awake: Awake;
  readonly #intake: Intake;
  readonly #fanOut: Pick<FanOut, "offer" | "leave">;

  constructor(parts: { alarms: Alarms; awake: Awake; intake: Intake; fanOut: Pick<FanOut, "offer" | "leave"> }) {
    this.#alarms = parts.alarms;
    this.#awake = parts.awake;
    this.#intake = parts.intake;
    this.#fanOut = parts.fanOut;
  }

  submit(actor: Actor, commands: readonly Command[], asks?: true): Promise<SubmitAnswer[]> {
    return this.#bring<SubmitAnswer[]>(actor, commands, (answers, resolve) =>
      resolve(asks === undefined ? answers : answers.map((answer) => ({ ...answer, takesPacked: true }))),
    );
  }

  /** The answer leaves when the turn is over, so that what the turn delivers to the caller's inbox can ride in it. */
  submitPacked(packed: PackedCommands): Promise<PackedAnswers> {
    const { actor, commands, standing } = unpackCommands(packed);
    return this.#bring<PackedAnswers>(actor, commands, (answers, resolve) => {
      const offer = standing && this.#fanOut.offer(actor.userId, standing);
      if (offer === undefined) resolve(packAnswers(answers));
      else atEndOfEvent(() => resolve(packAnswers(answers, this.#fanOut.leave(offer))));
    });
  }

  #bring<T>(
    actor: Actor,
    commands: readonly Command[],
    answer: (answers: CommandAnswer[], resolve: (answer: T) => void) => void,
  ): Promise<T> {
    this.#alarms.rouse();
    this.#awake.begin();
    return new Promise((resolve) =>
      this.#intake.submit(actor, commands, (answers) => {
        this.#awake.end();
        answer(answers, resolve);
      }),
    );
  }
}
