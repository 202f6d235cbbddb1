/**
 * Owns the import of people, many in one call: their objects side by side, the directory with one statement for each of its databases. No key is derived for who comes
 * without a password.
 *
 * The account is made first and the handle claimed afterwards. A claim without an account could be continued by whoever signs up with that handle, who would
 * then be the imported person.
 */
import type { ImportedAs } from "../../objects/contract/transfer/importing.ts";
import { Directory, unguarded } from "../../objects/shared/identity/directory.ts";
import { claimHandle } from "../../objects/shared/identity/handles.ts";
import { mintImportedUserId } from "../../objects/shared/identity/mint.ts";
import { ask, call, userStub } from "../../objects/shared/platform/calls.ts";
import { now } from "../../objects/shared/platform/clock.ts";
import type { Env } from "../../objects/shared/platform/env.ts";
import { inParallel } from "../../objects/shared/platform/in-parallel.ts";
import { done, type Outcome, type Refusal, refuse } from "../../schema/errors.ts";
import type { ImportDone, ImportPerson } from "../../schema/operator/import.ts";
import type { UserId } from "../../schema/ids.ts";
import { batches } from "../../schema/limits.ts";
import { checkUncommon, hashNew } from "../passwords/password.ts";

/** Objects called at once. */
const atOnce = 16;

type Made = { index: number; userId: UserId; person: ImportPerson; as: ImportedAs };
export type PeopleDone = ImportDone & { userIds: (UserId | null)[] };

/** Its refusals are those that another try may not meet; what is wrong with one person is a fault. */
class Stop extends Error {
  readonly refusal: Refusal;

  constructor(refusal: Refusal) {
    super(refusal.detail);
    this.refusal = refusal;
  }
}

export async function importPeople(
  env: Env,
  source: string,
  people: readonly ImportPerson[],
): Promise<Outcome<PeopleDone>> {
  const withPassword = people.filter(({ password }) => password !== undefined).length;
  if (withPassword > batches.importPasswords)
    return refuse("too_large", `people: at most ${batches.importPasswords} passwords in one call`);
  try {
    return done(await new PeopleImport(env, source, people).run());
  } catch (error) {
    if (error instanceof Stop) return { ok: false, refusal: error.refusal };
    throw error;
  }
}

class PeopleImport {
  readonly #env: Env;
  readonly #source: string;
  readonly #people: readonly ImportPerson[];
  readonly #directory: Directory;
  readonly #done: PeopleDone;

  constructor(env: Env, source: string, people: readonly ImportPerson[]) {
    this.#env = env;
    this.#source = source;
    this.#people = people;
    this.#directory = new Directory(env);
    this.#done = { stored: 0, known: 0, faults: [], userIds: people.map(() => null) };
  }

  async run(): Promise<PeopleDone> {
    const whole = await this.#claimed(await this.#made([...this.#people.entries()]), true);
    const profiles = whole.map(({ as: { user, changedAt, guard = unguarded } }) => ({ user, changedAt, guard }));
    if (profiles.length > 0) valueOf(await this.#directory.putProfiles(profiles));
    await this.#setPasswords(whole);
    for (const { index, userId, as } of whole) {
      this.#done.userIds[index] = userId;
      this.#done[as.isNew ? "stored" : "known"]++;
    }
    this.#done.faults.sort((a, b) => a.index - b.index);
    return this.#done;
  }

  /** Makes the accounts that are not there yet. */
  async #made(people: readonly (readonly [number, ImportPerson])[]): Promise<Made[]> {
    const made: Made[] = [];
    await inParallel(people, atOnce, async ([index, person]) => {
      const userId = mintImportedUserId(this.#env.ID_SECRET, this.#source, person.id);
      const { handle, name = handle, bio = "", createdAt = now() } = person;
      const account = await ask("user.importAccount", () =>
        userStub(this.#env, userId).importAccount({ handle, name, bio, createdAt }),
      );
      if (account.ok) made.push({ index, userId, person, as: account.value });
      else if (account.refusal.code === "forbidden")
        this.#fault(index, "id: this person has deleted their account here");
      else throw new Stop(account.refusal);
    });
    return made.sort((a, b) => a.index - b.index);
  }

  /** Those who have the handle of their account. For who was imported before, the handle is the one that they have by now. */
  async #claimed(made: readonly Made[], mayRepeat: boolean): Promise<Made[]> {
    if (made.length === 0) return [];
    const claims = made.map(({ userId, as }) => ({ handle: as.user.handle, userId }));
    const owners = valueOf(await this.#directory.claimHandles(claims, now()));
    const whole = made.filter(({ userId, as }) => owners.get(as.user.handle) === userId);
    const again: [number, ImportPerson][] = [];
    for (const each of made.filter(({ userId, as }) => owners.get(as.user.handle) !== userId)) {
      const { index, userId, person, as } = each;
      // An old claim that led to no account can be taken over.
      const claimed = await claimHandle(this.#env, this.#directory, as.user.handle, userId, "rename");
      if (claimed.ok) whole.push(each);
      else if (claimed.refusal.code !== "handle_taken") throw new Stop(claimed.refusal);
      else {
        const dropped = valueOf(await call("user.dropImported", () => userStub(this.#env, userId).dropImported()));
        // An earlier import was cut off before its claim, and the file has another handle by now.
        if (dropped && mayRepeat && as.user.handle !== person.handle) again.push([index, person]);
        else this.#fault(index, "handle: somebody else has it here");
      }
    }
    return again.length === 0 ? whole : [...whole, ...(await this.#claimed(await this.#made(again), false))];
  }

  /** The first one of somebody who has none. */
  async #setPasswords(whole: readonly Made[]): Promise<void> {
    for (const { index, userId, person, as } of whole) {
      if (person.password === undefined || as.hasPassword) continue;
      const uncommon = checkUncommon(person.password, "password");
      if (!uncommon.ok) {
        this.#fault(index, uncommon.refusal.detail);
        continue;
      }
      const password = valueOf(await hashNew(this.#env, person.password, null));
      const set = await ask("user.setFirstPassword", () => userStub(this.#env, userId).setFirstPassword(password));
      if (!set.ok && set.refusal.code !== "conflict") throw new Stop(set.refusal);
    }
  }

  #fault(index: number, detail: string): void {
    this.#done.faults.push({ index, detail });
  }
}

function valueOf<T>(outcome: Outcome<T>): T {
  if (!outcome.ok) throw new Stop(outcome.refusal);
  return outcome.value;
}
