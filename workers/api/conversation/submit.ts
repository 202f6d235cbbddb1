/** Owns how a call brings one command to its conversation. */
import type { Actor } from "../../../objects/contract/actor.ts";
import type { Command, CommandAnswer } from "../../../objects/contract/command.ts";
import { call, conversationStub } from "../../../objects/shared/platform/calls.ts";
import type { Env } from "../../../objects/shared/platform/env.ts";
import { refuse } from "../../../schema/errors.ts";
import type { ConversationId } from "../../../schema/ids.ts";

export async function submit(env: Env, actor: Actor, id: ConversationId, command: Command): Promise<CommandAnswer> {
  const answers = await call("conversation.submit", () => conversationStub(env, id).submit(actor, [command]));
  if (!answers.ok) return answers;
  return answers.value[0] ?? refuse("internal", "a command was not answered");
}
