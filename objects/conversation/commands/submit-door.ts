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
import type { Intake } from "./intake.ts";

export class SubmitDoor {
  readonly #alarms: Alarms;
  readonly #awake: Awake;
  readonly #intake: Intake;

  constructor(parts: { alarms: Alarms; awake: Awake; intake: Intake }) {
    this.#alarms = parts.alarms;
    this.#awake = parts.awake;
    this.#intake = parts.intake;
  }

  submit(actor: Actor, commands: readonly Command[], asks?: true): Promise<SubmitAnswer[]> {
    return this.#bring(actor, commands, (answers) =>
      asks === undefined ? answers : answers.map((answer) => ({ ...answer, takesPacked: true })),
    );
  }

  submitPacked(packed: PackedCommands): Promise<PackedAnswers> {
    const { actor, commands } = unpackCommands(packed);
    return this.#bring(actor, commands, packAnswers);
  }

  #bring<T>(actor: Actor, commands: readonly Command[], answerOf: (answers: CommandAnswer[]) => T): Promise<T> {
    this.#alarms.rouse();
    this.#awake.begin();
    return new Promise((resolve) =>
      this.#intake.submit(actor, commands, (answers) => {
        this.#awake.end();
        resolve(answerOf(answers));
      }),
    );
  }
}
