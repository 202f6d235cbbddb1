/** Owns the composition of the HTTP API: every declared call, mounted; what is not declared is not found. */
import { Hono } from "hono";
import type { Env } from "../../objects/shared/platform/env.ts";
import { logFault } from "../../objects/shared/platform/log.ts";
import { refuse } from "../../schema/errors.ts";
import { answerProblem } from "../../objects/shared/platform/answers.ts";
import { answerDocs } from "../docs/docs.ts";
import type { Api } from "../mount.ts";
import { serveMedia } from "../media/serve.ts";
import { serveAccounts } from "./account/accounts.ts";
import { serveAttachments } from "./media/attachments.ts";
import { serveConversations } from "./conversation/conversations.ts";
import { serveDeadLetters } from "../operator/dead-letters.ts";
import { serveExports } from "./exports.ts";
import { serveImport } from "./import.ts";
import { serveInvites } from "./conversation/invites.ts";
import { serveMe } from "./account/me.ts";
import { serveMembers } from "./conversation/members.ts";
import { serveMessages } from "./conversation/messages.ts";
import { serveOperations } from "./operations.ts";
import { servePresence } from "./people/presence.ts";
import { serveAvatars } from "./media/avatars.ts";
import { serveUploads } from "./media/uploads.ts";
import { servePush } from "./push.ts";
import { serveSearch } from "./search.ts";
import { serveSessions } from "./account/sessions.ts";
import { serveSync } from "./sync.ts";
import { serveUsers } from "./people/users.ts";

export function makeApi(): Api {
  const api: Api = new Hono<{ Bindings: Env }>();
  serveAccounts(api);
  serveSessions(api);
  serveMe(api);
  serveUsers(api);
  servePresence(api);
  servePush(api);
  serveConversations(api);
  serveMembers(api);
  serveInvites(api);
  serveMessages(api);
  serveUploads(api);
  serveAttachments(api);
  serveMedia(api);
  serveAvatars(api);
  serveExports(api);
  serveImport(api);
  serveDeadLetters(api);
  serveSearch(api);
  serveSync(api);
  serveOperations(api);
  api.get("/docs", () => answerDocs());
  api.notFound(() => answerProblem(refuse("not_found", "there is no such route").refusal));
  api.onError((error) => {
    logFault("gateway", error);
    return answerProblem(refuse("internal", "something failed here").refusal);
  });
  return api;
}
