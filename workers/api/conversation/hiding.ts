/** Serves what users hide from themself: messages, and chats that they delete. Their own object keeps it; here it is brought to what depends on it. */
import type { Actor } from "../../../objects/contract/actor.ts";
import type { MarksAnswer, MarksAsk } from "../../../objects/contract/search.ts";
import { shortText } from "../../../core/polls/poll.ts";
import { labelsOf } from "../../../core/media/labels.ts";
import { ask, userStub } from "../../../objects/shared/platform/calls.ts";
import type { Env } from "../../../objects/shared/platform/env.ts";
import { logFault } from "../../../objects/shared/platform/log.ts";
import { done, type Outcome } from "../../../schema/errors.ts";
import * as declared from "../../../schema/http/conversation/marks.ts";
import type { MessagesPage } from "../../../schema/http/conversation/messages.ts";
import type { ConversationId, Seq } from "../../../schema/ids.ts";
import { limits } from "../../../schema/limits.ts";
import { codePointPrefix } from "../../../schema/text.ts";
import type { LastMessage } from "../../../schema/wire/inbox.ts";
import type { Message } from "../../../schema/wire/message.ts";
import { answer } from "../../answer.ts";
import { readPage } from "../../archive/reads.ts";
import { type Api, mount } from "../../mount.ts";
import { submit } from "./submit.ts";

/** How many messages before a hidden one are looked at for the newest that is shown. Where all of them are hidden, the row shows none. */
const lookedAt = 50;
const triesMax = 3;

export function serveHiding(api: Api): void {
  mount(api, declared.putHidden, async ({ env, actor, params: { conversationId }, body: { seqs, on } }) => {
    const kept = await keep(env, actor, conversationId, { do: "hide", conversationId, seqs, isOn: on });
    return answer(kept.ok ? done({ marksVersion: kept.value.marksVersion ?? 0 }) : kept);
  });

  mount(api, declared.putCleared, async ({ env, actor, params: { conversationId }, body }) => {
    const kept = await keep(env, actor, conversationId, { do: "clear", conversationId, ...body });
    return answer(kept.ok ? done(kept.value.summary) : kept);
  });
}

async function keep(env: Env, actor: Actor, id: ConversationId, asked: MarksAsk): Promise<Outcome<MarksAnswer>> {
  const kept = await ask("user.marks", () => userStub(env, actor.userId).marks(asked));
  if (!kept.ok) return kept;
  const { read, last } = kept.value.owed ?? {};
  // It is stored. What follows is for the numbers and the preview of the row, which the next message puts right as well.
  if (read !== undefined) await submit(env, actor, id, { do: "receipt", delivered: null, read });
  if (last !== undefined) await showLast(env, actor, id, last).catch((error: unknown) => logFault("hiding", error, {}));
  return kept;
}

async function showLast(env: Env, { userId }: Actor, conversationId: ConversationId, before: Seq): Promise<void> {
  for (let tries = 1; tries <= triesMax; tries++) {
    const page = await readPage(env, conversationId, userId, { before, limit: lookedAt });
    if (!page.ok) return;
    const { messages, head } = JSON.parse(page.value) as MessagesPage;
    const newest = messages.toReversed().map(lastOf);
    const asked: MarksAsk = { do: "show last", conversationId, rev: head.rev, newest };
    const kept = await ask("user.marks", () => userStub(env, userId).marks(asked));
    // The conversation went on while its messages were read.
    if (!kept.ok || kept.value.owed?.last === undefined) return;
  }
}

function lastOf({ seq, senderId, text, poll, sentAt, unsentAt, attachments }: Message): LastMessage {
  const preview = codePointPrefix(shortText({ text, poll }), limits.previewCodePointsMax);
  return { seq, senderId, preview, sentAt, unsent: unsentAt !== null, attachments: labelsOf(attachments) };
}
