/**
 * Owns people by the thousand, for tests from outside and for the bench: they are imported, so none of them costs a key derivation. A server that has them is
 * started with `OPERATOR_SECRET: operatorSecret`. Those who are to sign in get a password afterwards, each for a key derivation.
 */
import { Slots } from "../../../core/slots.ts";
import { importPeopleDone } from "../../../schema/operator/import.ts";
import type { Session } from "../../../schema/http/account/accounts.ts";
import { batches } from "../../../schema/limits.ts";
import { OperatorDoor } from "../../../scripts/import/operator-door.ts";
import { ask, HttpPerson } from "./http.ts";

export const operatorSecret = "the-operators-secret-of-all-tests";
const callsAtOnce = 4;

export type ImportedPerson = { source: string; sourceId: string; userId: string; handle: string };

/** Imports people with the handles `SOURCE.0x`, `SOURCE.1x` and so on; who is there already stays. Some hundred a second. */
export async function importPeople(server: string, source: string, count: number): Promise<ImportedPerson[]> {
  const door = new OperatorDoor({ server, secret: operatorSecret, source, giveUpMs: 60_000, say: () => undefined });
  const people = Array.from({ length: count }, (_, n) => ({ id: `p${n}`, handle: `${source}.${n}x`, name: `P ${n}` }));
  const imported: ImportedPerson[] = [];
  const slots = new Slots(callsAtOnce);
  const calls = Array.from(
    { length: Math.ceil(count / batches.importPeople) },
    (_, call) => call * batches.importPeople,
  );
  await Promise.all(
    calls.map((from) =>
      slots.run(async () => {
        const own = people.slice(from, from + batches.importPeople);
        const answer = await door.ask({ do: "people", people: own });
        if (!answer.ok) throw new Error(answer.problem.detail);
        const { userIds, faults } = importPeopleDone.parse(answer.body);
        if (faults.length > 0) throw new Error(JSON.stringify(faults.slice(0, 3)));
        for (const [index, { id, handle }] of own.entries())
          imported[from + index] = { source, sourceId: id, userId: userIds[index] ?? "", handle };
      }),
    ),
  );
  return imported;
}

/** Gives an imported person a password, and signs them in. */
export async function signInImported(server: string, person: Omit<ImportedPerson, "userId">): Promise<HttpPerson> {
  const { source, sourceId, handle } = person;
  const password = `a good password of ${sourceId}`;
  const people = [{ id: sourceId, handle, password }];
  const given = await ask(server, "POST", "/v1/operator/import", {
    token: operatorSecret,
    body: { do: "people", source, people },
  });
  if (given.status !== 200) throw new Error(`a password: ${given.status} ${given.text}`);
  const session = await ask<Session>(server, "POST", "/v1/sessions", { body: { handle, password } });
  if (session.status !== 201) throw new Error(`sign-in: ${session.status} ${session.text}`);
  return new HttpPerson(server, password, session.body);
}
