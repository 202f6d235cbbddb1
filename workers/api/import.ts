/** Serves the operator's door for history from elsewhere. */
import { createHash } from "node:crypto";
import type { ImportedMessage, ImportedSeq, ImportStep } from "../../objects/contract/importing.ts";
import type { Person } from "../../objects/contract/person.ts";
import { Directory } from "../../objects/shared/identity/directory.ts";
import { claimHandle } from "../../objects/shared/identity/handles.ts";
import { isMinted, mintDmId, mintImportedGroupId, mintImportedUserId } from "../../objects/shared/identity/mint.ts";
import { ask, conversationStub, userStub } from "../../objects/shared/platform/calls.ts";
import { now } from "../../objects/shared/platform/clock.ts";
import type { Env } from "../../objects/shared/platform/env.ts";
import { done, notFound, type Outcome, refuse } from "../../schema/errors.ts";
import { importBatch, type ImportBatch } from "../../schema/http/import.ts";
import { clientId, type ClientId, type ConversationId, type UserId } from "../../schema/ids.ts";
import type { Api } from "../mount.ts";
import { hashNew } from "../passwords/password.ts";
import { serveOperator } from "../operator/operator.ts";

type Batch<Do extends ImportBatch["do"]> = Extract<ImportBatch, { do: Do }>;

export function serveImport(api: Api): void {
  serveOperator(api, "/v1/operator/import", importBatch, take);
}

function take(env: Env, batch: ImportBatch): Promise<Outcome<unknown>> {
  switch (batch.do) {
    case "people":
      return takePeople(env, batch);
    case "conversation":
      return takeConversation(env, batch);
    case "messages":
      return takeMessages(env, batch);
    case "open":
      if (!isMinted(env.ID_SECRET, batch.conversationId, "conversation")) return Promise.resolve(notFound);
      return importStep(env, batch.conversationId, { do: "open" });
  }
}

async function takePeople(env: Env, { source, people }: Batch<"people">): Promise<Outcome<unknown>> {
  const directory = new Directory(env);
  const taken: { id: string; userId: UserId }[] = [];
  for (const [index, person] of people.entries()) {
    const userId = mintImportedUserId(env.ID_SECRET, source, person.id);
    const claimed = await claimHandle(env, directory, person.handle, userId, "signUp");
    if (!claimed.ok) return claimed;
    if (claimed.value !== userId) return refuse("handle_taken", `people.${index}.handle: is taken`);
    const { handle, name = handle, bio = "", createdAt = now() } = person;
    const made = await ask("user.importAccount", () =>
      userStub(env, userId).importAccount({ userId, handle, name, bio, createdAt }),
    );
    if (!made.ok) return made;
    if (person.password !== undefined && !made.value.hasPassword) {
      const password = await hashNew(person.password, null);
      if (!password.ok) return password;
      const set = await ask("user.setFirstPassword", () => userStub(env, userId).setFirstPassword(password.value));
      if (!set.ok) return set;
    }
    taken.push({ id: person.id, userId });
  }
  return done({ people: taken });
}

async function takeConversation(env: Env, batch: Batch<"conversation">): Promise<Outcome<unknown>> {
  const { source, kind, title = null, createdAt } = batch;
  const ids = [...new Set(batch.members)].map((id) => mintImportedUserId(env.ID_SECRET, source, id));
  const people: Person[] = [];
  for (const [index, userId] of ids.entries()) {
    const relation = await ask("user.relation", () => userStub(env, userId).relation(userId));
    if (!relation.ok && relation.refusal.code === "not_found")
      return refuse("bad_request", `members.${index}: was not imported`);
    if (!relation.ok) return relation;
    people.push(relation.value.person);
  }
  const [a, b = a] = ids;
  if (a === undefined || b === undefined || (kind === "dm" && ids.length > 2))
    return refuse("bad_request", "members: a direct chat has at most two");
  const id = kind === "dm" ? mintDmId(env.ID_SECRET, a, b) : mintImportedGroupId(env.ID_SECRET, source, batch.id);
  const founded = await importStep(env, id, {
    do: "found",
    conversation: { id, kind, title, createdAt, people },
  });
  return founded.ok ? done({ conversationId: id }) : founded;
}

async function takeMessages(env: Env, batch: Batch<"messages">): Promise<Outcome<unknown>> {
  const { source, conversationId } = batch;
  if (!isMinted(env.ID_SECRET, conversationId, "conversation")) return notFound;
  const messages = batch.messages.map(({ id, sender, at, text, replyTo = null }): ImportedMessage => ({
    clientId: clientIdOf(source, id),
    senderId: mintImportedUserId(env.ID_SECRET, source, sender),
    sentAt: at,
    text,
    replyTo: typeof replyTo === "string" ? clientIdOf(source, replyTo) : replyTo,
  }));
  const stored = await importStep(env, conversationId, { do: "messages", messages });
  return stored.ok ? done({ messages: stored.value }) : stored;
}

function importStep(env: Env, id: ConversationId, step: ImportStep): Promise<Outcome<ImportedSeq[]>> {
  return ask("conversation.import", () => conversationStub(env, id).import(step));
}

/** The same message of the source always has the same one, so a repeat is a duplicate. */
function clientIdOf(source: string, id: string): ClientId {
  const digest = createHash("sha256").update(`${source}\n${id}`).digest("base64url");
  return clientId.parse(`i_${digest.slice(0, 32)}`);
}
