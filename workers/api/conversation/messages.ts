/** Serves messages: sending, reading, changing, catching up, receipts, verifying. */
import type { Actor } from "../../../objects/contract/actor.ts";
import type { Command } from "../../../objects/contract/command.ts";
import type { Env } from "../../../objects/shared/platform/env.ts";
import * as declared from "../../../schema/http/conversation/messages.ts";
import type { ConversationId, Seq } from "../../../schema/ids.ts";
import { answerJson, answerProblem } from "../../../objects/shared/platform/answers.ts";
import { answerNothing, answerText } from "../../answer.ts";
import { readChain, readChanges, readMessage, readPage } from "../../archive/reads.ts";
import { mentionsOf } from "../../../schema/wire/send.ts";
import { type Api, mount } from "../../mount.ts";
import { submit } from "./submit.ts";

export function serveMessages(api: Api): void {
  mount(api, declared.sendMessage, async ({ env, actor, params, body }) => {
    const { clientId, text, replyTo = null, attachments, poll } = body;
    const draft = {
      clientId,
      text,
      replyTo,
      mentions: mentionsOf(body),
      ...(attachments === undefined ? {} : { attachments }),
      ...(poll === undefined ? {} : { poll }),
    };
    const sent = await submit(env, actor, params.conversationId, { do: "send", ...draft });
    if (!sent.ok) return answerProblem(sent.refusal);
    if (sent.did !== "send") throw new Error(`a send was answered as a ${sent.did}`);
    return answerJson(JSON.stringify(sent.ack), sent.ack.duplicate ? 200 : 201);
  });

  mount(api, declared.listMessages, async ({ env, actor, params, query }) =>
    answerText(await readPage(env, params.conversationId, actor.userId, query)),
  );

  mount(api, declared.getMessage, ({ env, actor, params }) => message(env, actor, params.conversationId, params.seq));

  mount(api, declared.editMessage, ({ env, actor, params, body }) => {
    const { text, mentions = null } = body;
    return change(env, actor, params, { do: "edit", seq: params.seq, text, mentions });
  });

  mount(api, declared.unsendMessage, ({ env, actor, params }) =>
    change(env, actor, params, { do: "unsend", seq: params.seq }),
  );

  mount(api, declared.putReaction, ({ env, actor, params }) =>
    change(env, actor, params, { do: "react", seq: params.seq, emoji: params.emoji, isOn: true }),
  );

  mount(api, declared.deleteReaction, ({ env, actor, params }) =>
    change(env, actor, params, { do: "react", seq: params.seq, emoji: params.emoji, isOn: false }),
  );

  mount(api, declared.listChanges, async ({ env, actor, params, query }) =>
    answerText(await readChanges(env, params.conversationId, actor.userId, query)),
  );

  mount(api, declared.postReceipts, async ({ env, actor, params, body }) => {
    // Every receipt clears the mark `markedUnread`, which only the reader's inbox has. A receipt with `read`, even with 0, reaches the inbox.
    const { delivered = null, read = 0 } = body;
    const raised = await submit(env, actor, params.conversationId, { do: "receipt", delivered, read });
    return raised.ok ? answerNothing() : answerProblem(raised.refusal);
  });

  mount(api, declared.postTyping, async ({ env, actor, params }) => {
    const submitted = await submit(env, actor, params.conversationId, { do: "typing" });
    return submitted.ok ? answerNothing() : answerProblem(submitted.refusal);
  });

  mount(api, declared.verifyChain, async ({ env, actor, params, query }) =>
    answerText(await readChain(env, params.conversationId, actor.userId, query)),
  );
}

/** Makes the change, then answers with the message as it is now. */
async function change(
  env: Env,
  actor: Actor,
  { conversationId, seq }: { conversationId: ConversationId; seq: Seq },
  command: Command,
): Promise<Response> {
  const changed = await submit(env, actor, conversationId, command);
  return changed.ok ? message(env, actor, conversationId, seq) : answerProblem(changed.refusal);
}

async function message(env: Env, actor: Actor, id: ConversationId, seq: Seq): Promise<Response> {
  return answerText(await readMessage(env, id, actor.userId, seq));
}
