/** Owns the import of conversations: the ids of the source become ours, and a name that belongs to nobody is reported as a fault of its line. */
import { createHash } from "node:crypto";
import { isErased } from "../../core/account/erased.ts";
import { remember } from "../../core/memory.ts";
import type { ImportedLine, ImportStep, ImportStepDone } from "../../objects/contract/transfer/importing.ts";
import type { Person } from "../../objects/contract/person.ts";
import { Directory } from "../../objects/shared/identity/directory.ts";
import { mintDmId, mintImportedGroupId, mintImportedUserId } from "../../objects/shared/identity/mint.ts";
import { ask, conversationStub, userStub } from "../../objects/shared/platform/calls.ts";
import { now } from "../../objects/shared/platform/clock.ts";
import type { Env } from "../../objects/shared/platform/env.ts";
import { inParallel } from "../../objects/shared/platform/in-parallel.ts";
import { done, type Outcome, refuse } from "../../schema/errors.ts";
import type { ImportBatch, ImportDone, ImportHappened } from "../../schema/operator/import.ts";
import { clientId, type ClientId, type ConversationId, type UserId } from "../../schema/ids.ts";
import { batches } from "../../schema/limits.ts";

/** People asked at once. */
const atOnce = 16;

type Batch<Do extends ImportBatch["do"]> = Extract<ImportBatch, { do: Do }>;

/** Founds it, or finds the one that is there. */
export async function importConversation(
  env: Env,
  { source, conversation }: Batch<"conversation">,
): Promise<Outcome<{ conversationId: ConversationId; isOpen: boolean }>> {
  const sourceIds = [...new Set(conversation.members)];
  const ids = sourceIds.map((id) => mintImportedUserId(env.ID_SECRET, source, id));
  const people = await peopleOf(env, ids);
  if (!people.ok) return people;
  const missing = ids.findIndex((id) => !people.value.has(id));
  if (missing !== -1)
    return refuse(
      "bad_request",
      `members.${missing}: nobody of this id was imported, or they have deleted their account`,
    );
  const [a, b = a] = ids;
  if (a === undefined || b === undefined) return refuse("bad_request", "members: nobody");
  const { kind, createdAt } = conversation;
  if (createdAt > now()) return refuse("bad_request", "createdAt: is in the future");
  const id =
    kind === "dm" ? mintDmId(env.ID_SECRET, a, b) : mintImportedGroupId(env.ID_SECRET, source, conversation.id);
  const title = kind === "dm" ? null : conversation.title;
  const own = ids.flatMap((userId) => people.value.get(userId) ?? []);
  const founded = await importStep(env, id, { do: "found", conversation: { id, kind, title, createdAt, people: own } });
  return founded.ok ? done({ conversationId: id, isOpen: founded.value.isOpen }) : founded;
}

/** A line that names nobody is a fault of this line, like those that the conversation finds. */
export async function importHistory(env: Env, batch: Batch<"history">): Promise<Outcome<ImportDone>> {
  const { source, conversationId, lines, skipsFaults = false } = batch;
  const [known, joining] = await Promise.all([
    knownPeople(env, source, namedIn(lines)),
    peopleOf(
      env,
      lines.flatMap((line) => (line.type === "join" ? mintImportedUserId(env.ID_SECRET, source, line.person) : [])),
    ),
  ]);
  if (!known.ok) return known;
  if (!joining.ok) return joining;
  const translate = new Translation(source, known.value, joining.value);
  const faults: ImportDone["faults"] = [];
  const kept: { index: number; line: ImportedLine }[] = [];
  for (const [index, line] of lines.entries()) {
    const judged = translate.line(line);
    if (judged.ok) kept.push({ index, line: judged.value });
    else faults.push({ index, detail: judged.refusal.detail });
    if (!judged.ok && !skipsFaults) break;
  }
  const taken = await importStep(env, conversationId, {
    do: "history",
    lines: kept.map(({ line }) => line),
    skipsFaults,
  });
  if (!taken.ok) return taken;
  const own = taken.value.faults.map(({ index, detail }) => ({ index: kept[index]?.index ?? 0, detail }));
  const all = [...own, ...faults].sort((a, b) => a.index - b.index);
  // Where nothing is skipped, only the first one was met.
  return done({ stored: taken.value.stored, known: taken.value.known, faults: skipsFaults ? all : all.slice(0, 1) });
}

export async function openImported(env: Env, id: ConversationId): Promise<Outcome<ImportStepDone>> {
  return await importStep(env, id, { do: "open" });
}

function importStep(env: Env, id: ConversationId, step: ImportStep): Promise<Outcome<ImportStepDone>> {
  return ask("conversation.import", () => conversationStub(env, id).import(step));
}

/** The copies that conversations keep, of those who have an account. */
async function peopleOf(env: Env, ids: readonly UserId[]): Promise<Outcome<Map<UserId, Person>>> {
  const people = new Map<UserId, Person>();
  let failed: Outcome<never> | undefined;
  await inParallel([...new Set(ids)], atOnce, async (userId) => {
    const relation = await ask("user.relation", () => userStub(env, userId).relation(userId));
    if (relation.ok && !isErased(relation.value.person.user)) people.set(userId, relation.value.person);
    else if (!relation.ok && relation.refusal.code !== "not_found") failed = relation;
  });
  return failed ?? done(people);
}

/** People who were found of late, by source and id there. They are looked for again soon, for one of them may delete their account. */
const recent = new Map<string, { userId: UserId; at: number }>();

/** The people whom lines name, by their ids at the source: those who were imported, and have their accounts still. */
async function knownPeople(env: Env, source: string, ids: ReadonlySet<string>): Promise<Outcome<Map<string, UserId>>> {
  const found = new Map<string, UserId>();
  const unknown = new Map<UserId, string>();
  for (const id of ids) {
    const earlier = recent.get(`${source} ${id}`);
    if (earlier !== undefined && now() - earlier.at <= batches.importKnownPeopleMs) found.set(id, earlier.userId);
    else unknown.set(mintImportedUserId(env.ID_SECRET, source, id), id);
  }
  if (unknown.size === 0) return done(found);
  const profiles = await new Directory(env).profiles([...unknown.keys()]);
  if (!profiles.ok) return profiles;
  for (const [userId, id] of unknown) {
    const user = profiles.value.get(userId);
    if (user === undefined || isErased(user)) continue;
    found.set(id, userId);
    remember(recent, `${source} ${id}`, { userId, at: now() }, batches.importKnownPeople);
  }
  return done(found);
}

function namedIn(lines: readonly ImportHappened[]): Set<string> {
  const named = new Set<string>();
  for (const line of lines) {
    if (line.type !== "message") {
      named.add(line.person);
      continue;
    }
    named.add(line.sender);
    if (line.replyTo !== undefined) named.add(line.replyTo.sender);
    for (const id of line.mentions ?? []) named.add(id);
    for (const { by } of line.reactions ?? []) for (const id of by) named.add(id);
  }
  return named;
}

class Translation {
  readonly #source: string;
  readonly #known: ReadonlyMap<string, UserId>;
  readonly #joining: ReadonlyMap<UserId, Person>;

  constructor(source: string, known: ReadonlyMap<string, UserId>, joining: ReadonlyMap<UserId, Person>) {
    this.#source = source;
    this.#known = known;
    this.#joining = joining;
  }

  line(line: ImportHappened): Outcome<ImportedLine> {
    if (line.type === "message") return this.#message(line);
    const { type, at } = line;
    const userId = this.#known.get(line.person);
    if (userId === undefined) return nobody("person");
    if (type === "leave") return done({ type, at, userId });
    const person = this.#joining.get(userId);
    return person === undefined ? nobody("person") : done({ type, at, person });
  }

  #message({
    id,
    sender,
    at,
    replyTo,
    mentions = [],
    reactions = [],
    ...rest
  }: Extract<ImportHappened, { type: "message" }>): Outcome<ImportedLine> {
    const senderId = this.#known.get(sender);
    if (senderId === undefined) return nobody("sender");
    const repliedId = replyTo === undefined ? undefined : this.#known.get(replyTo.sender);
    if (replyTo !== undefined && repliedId === undefined) return nobody("replyTo.sender");
    if (mentions.some((named) => !this.#known.has(named))) return nobody("mentions");
    if (reactions.some(({ by }) => by.some((named) => !this.#known.has(named)))) return nobody("reactions");
    return done({
      type: "message",
      clientId: clientIdOf(this.#source, id),
      senderId,
      at,
      text: rest.text ?? "",
      replyTo:
        replyTo === undefined || repliedId === undefined
          ? null
          : { senderId: repliedId, clientId: clientIdOf(this.#source, replyTo.id) },
      mentions: this.#usersOf(mentions),
      // The same emoji may be written in more than one way.
      reactions: [...Map.groupBy(reactions, ({ emoji }) => emoji)].map(([emoji, same]) => ({
        emoji,
        userIds: this.#usersOf(same.flatMap(({ by }) => by)),
      })),
      editedAt: rest.editedAt ?? null,
      unsentAt: rest.unsentAt ?? null,
    });
  }

  #usersOf(ids: readonly string[]): UserId[] {
    return [...new Set(ids)].flatMap((id) => this.#known.get(id) ?? []);
  }
}

function nobody(field: string): { ok: false; refusal: ReturnType<typeof refuse>["refusal"] } {
  return refuse("bad_request", `${field}: nobody of this id was imported, or they have deleted their account`);
}

/** The same message of the source always has the same one, so a repeat is a duplicate. */
function clientIdOf(source: string, id: string): ClientId {
  const digest = createHash("sha256").update(`${source}\n${id}`).digest("base64url");
  return clientId.parse(`i_${digest.slice(0, 32)}`);
}
