/** Owns the door of relays: what they ask for their sockets. A relay has no rights of its own; each ask is judged as that of the socket's user. */
import { done, refuse, type Outcome } from "../../../schema/errors.ts";
import type { CommandAnswer } from "../../contract/command.ts";
import type { RelayAsk, RelayJoin, RelayJoined, RelayLeft } from "../../contract/delivery/relay-calls.ts";
import type { Intake } from "../commands/intake.ts";
import type { LiveDoor } from "./live-door.ts";
import type { Relays } from "../relays/relays.ts";
import type { Store } from "../store.ts";

export type RelayDoorParts = { relays: Relays; door: LiveDoor; intake: Intake; store: Pick<Store, "isRevoked"> };

const signedOut = refuse("unauthenticated", "the device was signed out");

export class RelayDoor {
  readonly #parts: RelayDoorParts;

  constructor(parts: RelayDoorParts) {
    this.#parts = parts;
  }

  /** A socket opens there. Errors: those of an upgrade, and `unavailable` (the relay is being given up). */
  async join(number: number, { socket, ...query }: RelayJoin): Promise<Outcome<RelayJoined>> {
    const { relays, door } = this.#parts;
    await relays.known();
    const judged = door.judge(socket, query);
    if (!judged.ok) relays.refused(number, socket.id);
    if (!judged.ok) return judged;
    relays.makeRoom(socket, socket.id);
    const greeting = door.greet(judged.value, query.rev);
    if (relays.join(number, socket)) return done(greeting);
    return refuse("unavailable", "this relay is being given up", 1_000);
  }

  left(number: number, sockets: readonly RelayLeft[]): void {
    this.#parts.relays.left(number, sockets);
  }

  /** The answers go with the next turn. What a device sent before it was signed out, and the relay brings later, is not done any more. */
  ask(number: number, asks: readonly RelayAsk[]): { life: string } {
    const { relays, intake, store } = this.#parts;
    for (const { actor, command, ask } of asks) {
      const give = (answer: CommandAnswer | undefined): void => {
        if (ask !== null && answer !== undefined) relays.answer(number, ask, answer);
      };
      if (store.isRevoked(actor.deviceId)) give(signedOut);
      else intake.submit(actor, [command], ([answer]) => give(answer));
    }
    return { life: relays.life };
  }
}
