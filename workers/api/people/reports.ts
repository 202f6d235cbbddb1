/**
 * Serves reports to the operator. What is copied into one is read here, as the reporter may see it: nobody can report words that were never written. Whom it is
 * about is not told, and sees nothing of it.
 */
import { createHash } from "node:crypto";
import { isErased } from "../../../core/account/erased.ts";
import type { Actor } from "../../../objects/contract/actor.ts";
import { answerProblem } from "../../../objects/shared/platform/answers.ts";
import { ask, conversationStub, userStub } from "../../../objects/shared/platform/calls.ts";
import { now } from "../../../objects/shared/platform/clock.ts";
import type { Env } from "../../../objects/shared/platform/env.ts";
import { isMinted } from "../../../objects/shared/identity/mint.ts";
import { type Report, Reports } from "../../../objects/shared/reports/reports.ts";
import { reportHolds } from "../../../schema/bounds/reports.ts";
import { done, notFound, type Outcome, refuse } from "../../../schema/errors.ts";
import type { MessagesPage } from "../../../schema/http/conversation/messages.ts";
import { postReport, type ReportDraft } from "../../../schema/http/reports.ts";
import type { ConversationId, UserId } from "../../../schema/ids.ts";
import { bytePrefix } from "../../../schema/text.ts";
import type { Message } from "../../../schema/wire/message.ts";
import { answerDone } from "../../answer.ts";
import { readPage } from "../../archive/reads.ts";
import { type Api, mount } from "../../mount.ts";
import { relationOf } from "../../people.ts";

export function serveReports(api: Api): void {
  mount(api, postReport, async ({ env, actor, body }) => {
    if (!areMinted(env, body)) return answerProblem(notFound.refusal);
    const seen = await seenBy(env, actor, body);
    if (!seen.ok) return answerProblem(seen.refusal);
    const paid = await ask("user.chargeReport", () => userStub(env, actor.userId).chargeReport());
    if (!paid.ok) return answerProblem(paid.refusal);
    return answerDone(await keep(env, actor, reportOf(actor, body, seen.value)));
  });
}

/** Where the account was erased since the call was admitted, its reports have gone before this one was kept. */
async function keep(env: Env, { userId }: Actor, report: Report): Promise<Outcome<null>> {
  const reports = new Reports(env);
  const kept = await reports.keep(report);
  if (!kept.ok) return kept;
  const self = await relationOf(env, userId, userId);
  if (!self.ok || !isErased(self.value.person.user)) return kept;
  const forgotten = await reports.forget(userId);
  return forgotten.ok ? erased : forgotten;
}

const erased = refuse("unauthenticated", "this account was deleted");

type Seen = { reportedId: UserId | null; copies: object[] };

/** What the reporter sees of it now; `not_found` where they see nothing of it. */
async function seenBy(env: Env, actor: Actor, { about }: ReportDraft): Promise<Outcome<Seen>> {
  switch (about.kind) {
    case "message": {
      const around = await pageOf(env, actor, about.conversationId, about.seq);
      if (!around.ok) return around;
      const message = around.value.find(({ seq }) => seq === about.seq);
      if (message === undefined) return notFound;
      if (message.senderId === actor.userId) return refuse("bad_request", "about: a message of one's own");
      return done({ reportedId: message.senderId, copies: around.value.map(copyOf) });
    }
    case "user": {
      if (about.userId === actor.userId) return refuse("bad_request", "about: oneself");
      const person = await relationOf(env, about.userId, actor.userId);
      if (!person.ok) return person;
      const newest =
        about.conversationId === undefined ? done([]) : await pageOf(env, actor, about.conversationId, undefined);
      if (!newest.ok) return newest;
      const { handle, name, bio, avatarUrl } = person.value.person.user;
      const profile = { type: "profile", handle, name, bio, avatarUrl };
      return done({ reportedId: about.userId, copies: [profile, ...newest.value.map(copyOf)] });
    }
    case "conversation": {
      const view = await ask("conversation.view", () => conversationStub(env, about.conversationId).view(actor.userId));
      if (!view.ok) return view;
      if (view.value.kind !== "group") return refuse("bad_request", "about: a direct chat is reported as its person");
      const newest = await pageOf(env, actor, about.conversationId, undefined);
      if (!newest.ok) return newest;
      const { title, avatarUrl = null, createdBy, memberCount } = view.value;
      const group = { type: "group", title, avatarUrl, createdBy, memberCount };
      return done({ reportedId: null, copies: [group, ...newest.value.map(copyOf)] });
    }
  }
}

async function pageOf(
  env: Env,
  { userId }: Actor,
  id: ConversationId,
  around: number | undefined,
): Promise<Outcome<Message[]>> {
  const limit = reportHolds.messagesMax;
  const page = await readPage(env, id, userId, around === undefined ? { limit } : { around, limit });
  return page.ok ? done((JSON.parse(page.value) as MessagesPage).messages) : page;
}

/** What an operator needs to judge a message. Its attachments are named by ids, by which they can be withheld. */
function copyOf({ seq, senderId, text, sentAt, editedAt, unsentAt, attachments, poll }: Message): object {
  return {
    type: "message",
    seq,
    senderId,
    text: bytePrefix(text, reportHolds.textBytesMax),
    sentAt,
    editedAt,
    unsentAt,
    ...(poll === undefined ? {} : { isPoll: true }),
    ...(attachments.length === 0
      ? {}
      : { attachments: attachments.map(({ id, kind, name, type, sha256 }) => ({ id, kind, name, type, sha256 })) }),
  };
}

function reportOf({ userId }: Actor, { about, reason, note = "" }: ReportDraft, { reportedId, copies }: Seen): Report {
  const conversationId = about.conversationId ?? null;
  const seq = about.kind === "message" ? about.seq : null;
  // Where a person was met is no part of what is reported.
  const place = about.kind === "user" ? null : conversationId;
  const id = `r_${digestOf([userId, about.kind, reportedId, place, seq])}`;
  const said = { reason, note, copies, at: now(), resolvedAt: null, resolution: null };
  return { id, reporterId: userId, kind: about.kind, reportedId, conversationId, seq, ...said };
}

function digestOf(what: unknown): string {
  return createHash("sha256").update(JSON.stringify(what)).digest("base64url").slice(0, 32);
}

/** A call to an object by a made-up id would create it for ever. */
function areMinted(env: Env, { about }: ReportDraft): boolean {
  const { conversationId } = about;
  if (conversationId !== undefined && !isMinted(env.ID_SECRET, conversationId, "conversation")) return false;
  return about.kind !== "user" || isMinted(env.ID_SECRET, about.userId, "user");
}
